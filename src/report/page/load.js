// Failures and response times against the load.

const LOADS = {
  requests: { title: "Requests/s", steps: "by_requests", of: (step) => step.requests_per_s },
  users: { title: "Users", steps: "by_users", of: (step) => step.users },
};

class LoadView {
  constructor(run, state) {
    this.run = run;
    this.state = state;
    const { load } = run.data;
    byId("conclusion").textContent = load.conclusion;
    byId("rule").textContent = load.rule;
    const parent = document.querySelector("#load .charts");
    this.charts = [
      new Chart(parent, "Failed requests", () => this.failures()),
      new Chart(parent, "p99", () => this.times()),
    ];
  }

  update() {
    const load = LOADS[this.state.axis];
    const name = this.run.suffix(this.state.row);
    const against = `against ${this.state.row === 0 ? "" : "all "}${load.title.toLowerCase()}`;
    this.charts[0].caption.textContent = `Share of failed requests ${against}${name}`;
    this.charts[1].caption.textContent = `p99 of successes in ms ${against}${name}`;
    for (const chart of this.charts) chart.draw();
    this.showTable();
  }

  // The points of the run by load: pairs of the load and a value.
  points(valueOf) {
    const { run } = this;
    const total = run.rates(run.series(0).requests);
    const loads = this.state.axis === "users" ? run.charts.users : total;
    return loads
      .map((load, i) => [load, valueOf(i), run.covered[i] >= run.charts.span_s / 2])
      .filter(([load, value, isLong]) => isLong && load > 0 && value !== null)
      .sort((a, b) => a[0] - b[0]);
  }

  knee() {
    const { knee } = this.run.data.load;
    if (!knee) return [];
    const isUsers = this.state.axis === "users";
    const at = isUsers ? knee.users : knee.requests_per_s;
    return [marker(at, `knee: ${formatRate(at)}${isUsers ? " users" : "/s"}`, "text")];
  }

  scatter(pairs, label, format, colorName, yScale, yAxis) {
    const { title } = LOADS[this.state.axis];
    return {
      data: pairs.length > 0 ? [pairs.map((pair) => pair[0]), pairs.map((pair) => pair[1])] : [[]],
      options: {
        cursor: { drag: { x: false, y: false } },
        scales: { x: { time: false, range: fromZero }, y: yScale },
        axes: [axis(formatRate, { side: 2, scale: "x" }), yAxis],
        series: [
          { label: title, value: (_, value) => (value === null || value === undefined ? "–" : formatRate(value)) },
          {
            ...line(label, colorName, format),
            paths: () => null,
            points: { show: true, size: 7, fill: color(colorName), stroke: color("surface"), width: 1 },
          },
        ],
        plugins: this.knee(),
      },
    };
  }

  failures() {
    const { requests, failures } = this.run.series(this.state.row);
    const pairs = this.points((i) => (requests[i] > 0 ? failures[i] / requests[i] : null));
    return this.scatter(
      pairs,
      "Failed",
      formatPercent,
      "failures",
      { range: (_, low, high) => [0, Math.min(1.02, Math.max(high * 1.1, 0.01))] },
      axis((value) => `${formatNumber(value * 100, 0)} %`),
    );
  }

  times() {
    const { p99 } = this.run.series(this.state.row).success;
    const pairs = this.points((i) => (this.state.log && !(p99[i] > 0) ? null : p99[i]));
    const scale = this.state.log ? { distr: 3, range: logRange } : { range: fromZero };
    return this.scatter(pairs, "p99 (ms)", formatTime, "p99", scale, axis(formatTime));
  }

  showTable() {
    const load = LOADS[this.state.axis];
    const steps = this.run.data.load[load.steps];
    const { knee } = this.run.data.load;
    const at = knee && (this.state.axis === "users" ? knee.users : knee.requests_per_s);
    const time = (title, key) => ({ title, hint: "ms, of successes", text: (step) => formatTime(step[key]) });
    const columns = [
      { title: load.title, text: (step) => `${formatRate(step.from)} – ${formatRate(step.until)}` },
      { title: "Seconds", text: (step) => formatNumber(step.seconds, 0) },
      { title: "Mean users", text: (step) => formatRate(step.users) },
      { title: "Mean requests/s", text: (step) => formatRate(step.requests_per_s) },
      { title: "Requests", text: (step) => formatCount(step.requests) },
      { title: "Failures", text: (step) => formatCount(step.failures), isBad: (step) => step.failures > 0 },
      { title: "Failed", text: (step) => formatPercent(step.failure_ratio), isBad: (step) => step.failure_ratio > 0.01 },
      time("p50", "success_p50_ms"),
      time("p95", "success_p95_ms"),
      time("p99", "success_p99_ms"),
      {
        title: "Most failures",
        isText: true,
        text: (step) => (step.worst ? `${step.worst} (${formatCount(step.worst_failures)})` : ""),
      },
    ];
    const rows = steps.map((step) => ({ ...step, isSelected: () => at && step.from <= at && at < step.until }));
    contentOf("load").replaceChildren(new Table(columns, rows).element);
  }
}
