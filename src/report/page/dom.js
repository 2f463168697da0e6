// Texts and elements.

const EXACT = new Intl.NumberFormat("en-US");

function formatCount(value) {
  return EXACT.format(value);
}

function formatNumber(value, digits = 1) {
  return value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

// A rate or a load: three digits are enough.
function formatRate(value) {
  if (value >= 100 || value === 0) return formatNumber(value, 0);
  return formatNumber(value, value >= 10 ? 1 : 2);
}

// Milliseconds, as precise as they were measured.
function formatTime(ms) {
  if (ms === null || ms === undefined) return "–";
  if (ms === 0) return "0";
  if (ms >= 100) return formatNumber(ms, 0);
  if (ms >= 10) return formatNumber(ms, ms % 1 === 0 ? 0 : 1);
  return formatNumber(ms, 2);
}

function formatPercent(ratio) {
  const percent = ratio * 100;
  return `${formatNumber(percent, percent > 0 && percent < 10 ? 2 : 1)} %`;
}

function formatDuration(seconds) {
  const whole = Math.round(seconds);
  const parts = [
    [Math.floor(whole / 3600), "h"],
    [Math.floor(whole / 60) % 60, "min"],
    [whole % 60, "s"],
  ];
  return parts.filter(([value]) => value > 0).map(([value, unit]) => `${value} ${unit}`).join(" ") || "0 s";
}

function formatMoment(unixTime) {
  return new Date(unixTime * 1000).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "medium", hourCycle: "h23" });
}

function formatClock(unixTime) {
  return new Date(unixTime * 1000).toLocaleTimeString("en-GB");
}

// Creates an element. Properties that begin with "on" are listeners.
function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value !== null && value !== undefined && value !== false) made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

function byId(id) {
  return document.getElementById(id);
}

function contentOf(id) {
  return document.querySelector(`#${id} .content`);
}

// A table. A column has a title, the text of a cell, and optionally: a `value` to sort by, `isText`,
// `hint`, and `isBad`.
class Table {
  constructor(columns, rows, { footer = [], sortBy = null, descending = true } = {}) {
    this.columns = columns;
    this.rows = rows;
    this.footer = footer;
    this.sortBy = sortBy;
    this.descending = descending;
    this.isShown = () => true;
    this.element = element("table");
    this.draw();
  }

  draw() {
    const focused = this.element.contains(document.activeElement) ? document.activeElement.dataset.column : null;
    const shown = this.rows.filter((row) => this.isShown(row));
    const sorted = this.columns.find((column) => column.title === this.sortBy);
    if (sorted) shown.sort((a, b) => this.compare(sorted.value(a), sorted.value(b)));
    this.element.replaceChildren(
      element("thead", {}, element("tr", {}, ...this.columns.map((column) => this.head(column)))),
      element("tbody", {}, ...shown.map((row) => this.row(row))),
    );
    if (this.footer.length > 0) this.element.append(element("tfoot", {}, ...this.footer.map((row) => this.row(row))));
    if (focused) this.element.querySelector(`[data-column="${CSS.escape(focused)}"]`)?.focus();
  }

  compare(a, b) {
    if (a === null || b === null) return (a === null) - (b === null); // at the end
    const order = typeof a === "string" ? a.localeCompare(b) : a - b;
    return this.descending ? -order : order;
  }

  head(column) {
    const isSorted = column.title === this.sortBy;
    const cell = element("th", {
      scope: "col",
      class: column.isText ? "text" : null,
      title: column.hint,
      "aria-sort": isSorted ? (this.descending ? "descending" : "ascending") : null,
    });
    if (!column.value) cell.append(column.title);
    else
      cell.append(
        element("button", { type: "button", "data-column": column.title, onclick: () => this.sort(column) }, column.title),
      );
    return cell;
  }

  sort(column) {
    this.descending = this.sortBy === column.title ? !this.descending : !column.isText;
    this.sortBy = column.title;
    this.draw();
  }

  row(row) {
    return element(
      "tr",
      { class: row.isSelected?.() ? "selected" : null },
      ...this.columns.map((column) => {
        const classes = [column.isText ? "text" : "", column.isBad?.(row) ? "bad" : ""].filter(Boolean).join(" ");
        return element("td", { class: classes || null }, column.text(row));
      }),
    );
  }
}
