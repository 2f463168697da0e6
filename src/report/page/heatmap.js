// The heatmap of response times: time, class of response times, number of requests.

const HEAT_HEIGHT = 300;
const HEAT_MARGIN = { left: 64, right: 12, top: 8, bottom: 28 };

class Heatmap {
  constructor(parent, run, state) {
    this.run = run;
    this.state = state;
    this.canvas = element("canvas", { tabindex: "0", role: "img" });
    this.readout = element("p", { class: "readout muted", "aria-live": "polite" });
    this.caption = element("figcaption");
    parent.append(element("figure", { class: "wide" }, this.caption, this.canvas, this.readout));
    this.place = null; // the column and the class under the cursor
    new ResizeObserver(() => this.draw()).observe(parent);
    this.canvas.addEventListener("pointermove", (event) => this.point(event));
    this.canvas.addEventListener("pointerleave", () => this.show(null));
    this.canvas.addEventListener("keydown", (event) => this.move(event));
    this.canvas.addEventListener("blur", () => this.show(null));
  }

  update() {
    const name = this.run.suffix(this.state.row);
    this.caption.textContent = `Number of requests by time and response time${KINDS[this.state.kind]}${name}`;
    this.canvas.setAttribute("aria-label", `Heatmap. ${this.caption.textContent}. The arrow keys read it.`);
    this.columns = this.run.heat(this.state.row, this.state.kind);
    this.columnSpan = this.run.charts.series[this.state.row].column_s;
    const used = this.columns.filter((column) => column.counts.length > 0);
    this.low = Math.max(0, Math.min(...used.map((column) => column.first)) - 1);
    this.high = Math.max(...used.map((column) => column.first + column.counts.length)) + 1;
    this.isEmpty = used.length === 0;
    this.place = null;
    this.show(null);
  }

  size() {
    const width = this.canvas.parentElement.clientWidth;
    const { left, right, top, bottom } = HEAT_MARGIN;
    return { width, height: HEAT_HEIGHT, plotWidth: width - left - right, plotHeight: HEAT_HEIGHT - top - bottom };
  }

  x(column) {
    return HEAT_MARGIN.left + (column / this.columns.length) * this.size().plotWidth;
  }

  y(number) {
    const { plotHeight } = this.size();
    return HEAT_MARGIN.top + plotHeight - ((number - this.low) / (this.high - this.low)) * plotHeight;
  }

  countAt(column, number) {
    const { first, counts } = this.columns[column];
    return counts[number - first] ?? 0;
  }

  draw() {
    if (!this.columns) return;
    const { width, height } = this.size();
    const ratio = window.devicePixelRatio;
    this.canvas.width = width * ratio;
    this.canvas.height = height * ratio;
    this.canvas.style.height = `${height}px`;
    const context = this.canvas.getContext("2d");
    context.scale(ratio, ratio);
    context.font = FONT;
    if (this.isEmpty) {
      context.fillStyle = color("muted");
      context.textAlign = "center";
      context.fillText("No data", width / 2, height / 2);
      return;
    }
    this.drawAxes(context);
    this.drawCells(context);
    if (this.place) this.drawPlace(context);
  }

  drawAxes(context) {
    const { plotWidth, plotHeight } = this.size();
    context.fillStyle = color("muted");
    context.strokeStyle = color("grid");
    context.textAlign = "right";
    context.textBaseline = "middle";
    const perDecade = this.run.charts.classes_per_decade;
    for (let number = this.low; number <= this.high; number++) {
      if (number < 1 || (number - 1) % perDecade !== 0) continue;
      const y = Math.round(this.y(number)) + 0.5;
      context.fillText(`${this.run.classBegin(number).toLocaleString("en-US")} ms`, HEAT_MARGIN.left - 8, y);
      context.beginPath();
      context.moveTo(HEAT_MARGIN.left, y);
      context.lineTo(HEAT_MARGIN.left + plotWidth, y);
      context.stroke();
    }
    context.textAlign = "center";
    const labels = Math.max(1, Math.floor(plotWidth / 120));
    for (let i = 0; i <= labels; i++) {
      const column = (i / labels) * this.columns.length;
      const x = Math.min(Math.max(this.x(column), HEAT_MARGIN.left + 24), HEAT_MARGIN.left + plotWidth - 24);
      context.fillText(formatClock(this.timeOf(column)), x, HEAT_MARGIN.top + plotHeight + 16);
    }
  }

  timeOf(column) {
    return this.run.time[0] + column * this.columnSpan;
  }

  drawCells(context) {
    const highest = Math.max(...this.columns.flatMap((column) => column.counts));
    context.fillStyle = color(this.state.kind === "failure" ? "failures" : "requests");
    this.columns.forEach(({ first, counts }, column) => {
      const left = Math.round(this.x(column));
      const right = Math.round(this.x(column + 1));
      counts.forEach((count, k) => {
        if (count === 0) return;
        // The logarithm shows single requests beside thousands.
        context.globalAlpha = 0.12 + 0.88 * (Math.log1p(count) / Math.log1p(highest));
        const top = Math.round(this.y(first + k + 1));
        context.fillRect(left, top, right - left, Math.round(this.y(first + k)) - top);
      });
    });
    context.globalAlpha = 1;
  }

  drawPlace(context) {
    const [column, number] = this.place;
    context.strokeStyle = color("text");
    context.lineWidth = 2;
    const left = this.x(column);
    const top = this.y(number + 1);
    context.strokeRect(left, top, this.x(column + 1) - left, this.y(number) - top);
  }

  point(event) {
    const { plotWidth, plotHeight } = this.size();
    const column = Math.floor(((event.offsetX - HEAT_MARGIN.left) / plotWidth) * this.columns.length);
    const part = (HEAT_MARGIN.top + plotHeight - event.offsetY) / plotHeight;
    const number = this.low + Math.floor(part * (this.high - this.low));
    const isInside = column >= 0 && column < this.columns.length && number >= this.low && number < this.high;
    this.show(isInside ? [column, number] : null);
  }

  move(event) {
    const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
    const step = steps[event.key];
    if (!step || this.isEmpty) return;
    event.preventDefault();
    const limited = (value, low, high) => Math.min(Math.max(value, low), high);
    const [column, number] = this.place ?? [0, this.columns[0].first];
    this.show([
      limited(column + step[0], 0, this.columns.length - 1),
      limited(number + step[1], this.low, this.high - 1),
    ]);
  }

  show(place) {
    this.place = this.isEmpty ? null : place;
    this.draw();
    if (!this.place) {
      this.readout.textContent = "A stronger color means more requests. Point at a cell, or use the arrow keys.";
      return;
    }
    const [column, number] = this.place;
    const from = number === 0 ? 0 : this.run.classBegin(number);
    const until = this.run.classBegin(number + 1);
    this.readout.textContent =
      `${formatClock(this.timeOf(column))} + ${this.columnSpan} s, ${formatTime(from)} to ${formatTime(until)} ms: ` +
      count(this.countAt(column, number), "request");
  }
}
