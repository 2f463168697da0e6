// The distribution of the response times of the whole run: a histogram, and percentiles.

function classOf(run, time) {
  if (time < 0.01) return 0;
  // The small number keeps 0.1 ms, which has no exact logarithm, in its own class.
  return 1 + Math.floor(Math.log10(time / 0.01) * run.charts.classes_per_decade + 1e-9);
}

class Distribution {
  constructor(parent, run, state) {
    this.run = run;
    this.state = state;
    this.charts = [
      new Chart(parent, "Distribution of response times", () => this.histogram()),
      new Chart(parent, "Response time by percentile", () => this.percentiles()),
    ];
  }

  update() {
    const name = `${KINDS[this.state.kind]}${this.run.suffix(this.state.row)}`;
    this.charts[0].caption.textContent = `Distribution of response times${name}`;
    this.charts[1].caption.textContent = `Response time in ms by percentile${name}`;
    for (const chart of this.charts) chart.draw();
  }

  histogram() {
    const { run, state } = this;
    const count = (kind) => {
      const counts = new Map();
      for (const [time, number] of run.histogram(state.row, kind)) {
        const place = classOf(run, time);
        counts.set(place, (counts.get(place) ?? 0) + number);
      }
      return counts;
    };
    const kinds = state.kind === "all" ? ["all", "success"] : [state.kind];
    const counts = kinds.map(count);
    const places = [...counts[0].keys()];
    if (places.length === 0) return { data: [[]], options: {} };
    const low = Math.min(...places);
    const numbers = Array.from({ length: Math.max(...places) - low + 1 }, (_, i) => low + i);
    const bars = uPlot.paths.bars({ size: [0.9, 60], align: 1 });
    const labels = { all: ["Failures", "failures"], success: ["Successes", "requests"], failure: ["Failures", "failures"] };
    const value = (_, seriesIndex, number, index) => {
      // The bars of all requests are behind those of the successes: what shows are the failures.
      if (index === null || index === undefined) return "–";
      return formatCount(kinds.length === 2 && seriesIndex === 1 ? number - (counts[1].get(numbers[index]) ?? 0) : number);
    };
    const perDecade = run.charts.classes_per_decade;
    const tick = (number) => `${run.classBegin(number).toLocaleString("en-US")} ms`;
    return {
      data: [numbers, ...counts.map((one) => numbers.map((number) => one.get(number) ?? 0))],
      options: {
        cursor: { drag: { x: false, y: false }, points: { show: false } },
        scales: { x: { time: false, range: [low - 0.2, numbers[numbers.length - 1] + 1.2] }, y: { range: fromZero } },
        axes: [
          axis(tick, {
            side: 2,
            scale: "x",
            grid: false,
            splits: (plot) => {
              const splits = [];
              for (let number = Math.ceil(plot.scales.x.min); number <= plot.scales.x.max; number++) {
                if (number >= 1 && (number - 1) % perDecade === 0) splits.push(number);
              }
              return splits.length > 0 ? splits : [low, numbers[numbers.length - 1] + 1];
            },
          }),
          axis((number) => formatCount(number), { size: 64 }),
        ],
        series: [
          {
            label: "Response time",
            value: (_, number) =>
              number === null || number === undefined
                ? "–"
                : `${formatTime(number === 0 ? 0 : run.classBegin(number))} to ${formatTime(run.classBegin(number + 1))} ms`,
          },
          ...kinds.map((kind) => ({
            label: labels[kind][0],
            stroke: color(labels[kind][1]),
            fill: color(labels[kind][1]),
            width: 0,
            paths: bars,
            points: { show: false },
            value: (plot, number, seriesIndex, index) => value(plot, seriesIndex, number, index),
          })),
        ],
      },
    };
  }

  // x is the number of nines: 1 is 90 %, 2 is 99 %.
  percentiles() {
    const { run, state } = this;
    const pairs = run.histogram(state.row, state.kind);
    const total = pairs.reduce((sum, [, number]) => sum + number, 0);
    const xs = [];
    const ys = [];
    let seen = 0;
    for (const [time, number] of pairs) {
      const share = seen / total; // requests that are faster
      xs.push(-Math.log10(1 - share));
      ys.push(state.log && time <= 0 ? null : time);
      seen += number;
    }
    if (total > 0) {
      xs.push(Math.log10(total));
      ys.push(pairs[pairs.length - 1][0]);
    }
    const name = (nines) => `${formatNumber(100 * (1 - 10 ** -nines), Math.max(0, Math.ceil(nines) - 2))} %`;
    return {
      data: [xs, ys],
      options: {
        cursor: { drag: { x: false, y: false } },
        scales: {
          x: { time: false, range: (_, low, high) => [0, Math.max(1, high)] },
          y: state.log ? { distr: 3, range: logRange } : { range: fromZero },
        },
        axes: [
          axis(name, {
            side: 2,
            scale: "x",
            splits: (plot) => [0, Math.log10(2), 1, 2, 3, 4, 5, 6, 7].filter((nines) => nines <= plot.scales.x.max),
          }),
          axis(formatTime),
        ],
        series: [
          { label: "Requests", value: (_, nines) => (nines === null || nines === undefined ? "–" : name(nines)) },
          { ...line("Up to (ms)", "requests", formatTime, { shade: true }), paths: uPlot.paths.stepped({ align: 1 }) },
        ],
      },
    };
  }
}
