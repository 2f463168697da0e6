// Charts of uPlot in the colors of the page.

function color(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

const FONT = "12px system-ui, sans-serif";
const CHART_HEIGHT = 240;

// A chart in a figure with a title. Redrawn when the theme or the width changes.
class Chart {
  // make(): uPlot's options without size, and the data.
  constructor(parent, title, make, { height = CHART_HEIGHT } = {}) {
    this.make = make;
    this.height = height;
    this.space = element("div", { class: "chart", role: "img", "aria-label": title });
    this.caption = element("figcaption", {}, title);
    this.figure = element("figure", {}, this.caption, this.space);
    parent.append(this.figure);
    this.plot = null;
    new ResizeObserver(() => this.resize()).observe(this.space);
  }

  draw() {
    this.plot?.destroy();
    const { options, data } = this.make();
    const isEmpty = data[0].length === 0;
    this.space.classList.toggle("empty", isEmpty);
    this.space.replaceChildren();
    this.plot = null;
    if (isEmpty) {
      this.space.append("No data");
      return;
    }
    this.plot = new uPlot({ ...options, width: this.width(), height: this.height }, data, this.space);
  }

  width() {
    return Math.max(240, Math.floor(this.space.clientWidth));
  }

  resize() {
    if (this.plot && this.plot.width !== this.width()) this.plot.setSize({ width: this.width(), height: this.height });
  }
}

function axis(format, { side = 3, scale = "y", size = 56, grid = true, splits = undefined } = {}) {
  return {
    scale,
    side,
    size: side === 2 ? 32 : size,
    font: FONT,
    stroke: color("muted"),
    grid: { show: grid, stroke: color("grid"), width: 1 },
    ticks: { show: false },
    values: (_, values) => values.map((value) => (value === null ? "" : format(value))),
    ...(splits ? { splits } : {}),
  };
}

function timeAxis() {
  return {
    font: FONT,
    size: 32,
    space: 80,
    stroke: color("muted"),
    grid: { show: false },
    ticks: { stroke: color("grid"), size: 4 },
    values: (_, times) => times.map(formatClock),
  };
}

// A line. `shade` fills the area below it.
function line(label, colorName, format, { scale = "y", dash = undefined, shade = false, width = 2 } = {}) {
  return {
    label,
    scale,
    stroke: color(colorName),
    width,
    dash,
    fill: shade ? `color-mix(in srgb, ${color(colorName)} 12%, transparent)` : undefined,
    points: { show: false },
    spanGaps: false,
    value: (_, value) => (value === null || value === undefined ? "–" : format(value)),
  };
}

const fromZero = (_, low, high) => [0, high > 0 ? high * 1.08 : 1];

// The range of a logarithmic scale: whole powers of ten around positive values.
function logRange(_, low, high) {
  const begin = low > 0 ? low : 0.01;
  return [10 ** Math.floor(Math.log10(begin)), 10 ** Math.ceil(Math.log10(Math.max(high, begin * 10)))];
}

// Shades these ranges of the horizontal axis, behind the lines. A range is at least 2 pixels wide.
function bands(ranges, colorName) {
  return {
    hooks: {
      drawAxes: (plot) => {
        const { ctx, bbox } = plot;
        const right = bbox.left + bbox.width;
        ctx.save();
        ctx.globalAlpha = 0.18;
        ctx.fillStyle = color(colorName);
        for (const [from, until] of ranges) {
          const begin = Math.max(plot.valToPos(from, "x", true), bbox.left);
          const end = Math.min(Math.max(plot.valToPos(until, "x", true), begin + 2 * window.devicePixelRatio), right);
          if (begin < end) ctx.fillRect(begin, bbox.top, end - begin, bbox.height);
        }
        ctx.restore();
      },
    },
  };
}

// Draws a vertical line at `at` with a label.
function marker(at, text, colorName) {
  return {
    hooks: {
      draw: (plot) => {
        if (at < plot.scales.x.min || at > plot.scales.x.max) return;
        const x = Math.round(plot.valToPos(at, "x", true));
        const { ctx, bbox } = plot;
        const ratio = window.devicePixelRatio;
        ctx.save();
        ctx.strokeStyle = ctx.fillStyle = color(colorName);
        ctx.lineWidth = 1.5 * ratio;
        ctx.setLineDash([5 * ratio, 4 * ratio]);
        ctx.beginPath();
        ctx.moveTo(x, bbox.top);
        ctx.lineTo(x, bbox.top + bbox.height);
        ctx.stroke();
        ctx.font = `600 ${12 * ratio}px system-ui, sans-serif`;
        const isRight = x + ctx.measureText(text).width + 8 * ratio > bbox.left + bbox.width;
        ctx.textAlign = isRight ? "right" : "left";
        ctx.fillText(text, x + (isRight ? -6 : 6) * ratio, bbox.top + 14 * ratio);
        ctx.restore();
      },
    },
  };
}
