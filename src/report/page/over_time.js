// The charts over time. They have one cursor and one zoom.

const KINDS = { all: "", success: " of successes", failure: " of failures" };

class OverTime {
  constructor(run, state, onZoom) {
    this.run = run;
    this.state = state;
    this.onZoom = onZoom;
    this.isZooming = false;
    this.late = run.data.generator?.late_seconds ?? [];
    byId("late-seconds").hidden = this.late.length === 0;
    const parent = document.querySelector("#over-time .charts");
    const add = (title, make) => new Chart(parent, title, make.bind(this));
    this.charts = [
      add("Throughput and users", this.throughput),
      add("Response times (ms)", this.times),
      add("Failed requests", this.failed),
      add("Load generator: CPU and lag", this.generator),
    ];
  }

  update() {
    for (const chart of this.charts) chart.draw();
    const name = this.run.suffix(this.state.row);
    this.charts[0].caption.textContent = `Throughput and users${name}`;
    this.charts[1].caption.textContent = `Response times in ms${KINDS[this.state.kind]}${name}`;
    this.charts[2].caption.textContent = `Share of failed requests${name}`;
  }

  options(series, axes, scales = {}) {
    const { zoom } = this.state;
    return {
      cursor: { sync: { key: "time" }, drag: { x: true, y: false }, points: { size: 6 } },
      legend: { live: true },
      scales: { x: { time: true, ...(zoom ? { min: zoom[0], max: zoom[1] } : {}) }, y: { range: fromZero }, ...scales },
      axes: [timeAxis(), ...axes],
      series: [{ label: "Time", value: (_, time) => (time === null || time === undefined ? "–" : formatClock(time)) }, ...series],
      plugins: [bands(this.late, "late")],
      hooks: { setScale: [(plot, key) => key === "x" && this.zoomed(plot)] },
    };
  }

  // A chart was zoomed: the others follow.
  zoomed(plot) {
    if (this.isZooming || plot.status !== 1) return;
    const { min, max } = plot.scales.x;
    const { time } = this.run;
    const isAll = min <= time[0] && max >= time[time.length - 1];
    this.zoom(isAll ? null : [min, max]);
  }

  zoom(range) {
    const { time } = this.run;
    this.state.zoom = range;
    const [min, max] = range ?? [time[0], time[time.length - 1]];
    this.isZooming = true;
    for (const chart of this.charts) chart.plot?.setScale("x", { min, max });
    this.isZooming = false;
    this.onZoom();
  }

  throughput() {
    const { run } = this;
    const { requests, failures } = run.series(this.state.row);
    return {
      data: [run.time, run.rates(requests), run.rates(failures), run.charts.users],
      options: this.options(
        [
          line("Requests/s", "requests", formatRate, { shade: true }),
          line("Failures/s", "failures", formatRate, { shade: true }),
          line("Users", "users", formatRate, { scale: "users", dash: [6, 4], width: 1.5 }),
        ],
        [axis(formatRate), axis(formatRate, { side: 1, scale: "users", size: 44, grid: false })],
        { users: { range: fromZero } },
      ),
    };
  }

  times() {
    const { run, state } = this;
    const columns = run.series(state.row)[state.kind];
    const isLog = state.log;
    const positive = (values) => (isLog ? values.map((value) => (value > 0 ? value : null)) : values);
    const lines = [
      ["p50", "p50"],
      ["p95", "p95"],
      ["p99", "p99"],
      ...(columns.max ? [["max", "max"]] : []),
    ];
    return {
      data: [run.time, ...lines.map(([name]) => positive(columns[name]))],
      options: this.options(
        lines.map(([name, colorName]) =>
          line(name, colorName, formatTime, name === "max" ? { width: 1, dash: [3, 3] } : {}),
        ),
        [axis(formatTime)],
        { y: isLog ? { distr: 3, range: logRange } : { range: fromZero } },
      ),
    };
  }

  failed() {
    const { requests, failures } = this.run.series(this.state.row);
    const shares = requests.map((count, i) => (count > 0 ? failures[i] / count : null));
    return {
      data: [this.run.time, shares],
      options: this.options(
        [line("Failed", "failures", formatPercent, { shade: true })],
        [axis((value) => `${formatNumber(value * 100, value < 0.1 && value > 0 ? 1 : 0)} %`)],
        { y: { range: (_, low, high) => [0, Math.min(1, Math.max(high * 1.1, 0.01))] } },
      ),
    };
  }

  generator() {
    const { charts, time } = this.run;
    return {
      data: [time, charts.cpu_percent, charts.lag_p99_ms, charts.lag_max_ms],
      options: this.options(
        [
          line("CPU of the busiest thread", "cpu", (value) => `${formatNumber(value, 0)} %`, { shade: true }),
          line("Lag p99 (ms)", "p99", formatTime, { scale: "lag" }),
          line("Lag max (ms)", "max", formatTime, { scale: "lag", width: 1, dash: [3, 3] }),
        ],
        [
          axis((value) => `${formatNumber(value, 0)} %`),
          axis(formatTime, { side: 1, scale: "lag", size: 56, grid: false }),
        ],
        { y: { range: [0, 100] }, lag: { range: (_, low, high) => [0, Math.max(high * 1.1, 1)] } },
      ),
    };
  }
}
