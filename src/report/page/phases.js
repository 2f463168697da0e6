// The phases of requests (--phases): a bar of averages for each entry, and a table.

const PHASES = [
  ["dns", "DNS"],
  ["connect", "Connect"],
  ["tls", "TLS"],
  ["send", "Send"],
  ["wait", "Wait"],
  ["receive", "Receive"],
];
const MOST_BARS = 30;

function phaseLabel(row) {
  return row.isTotal ? "All requests" : row.type ? `${row.type} ${row.name}` : row.name;
}

// The part of a phase in the average request: 0 in the requests in which it did not happen.
function phaseShare(row, phase) {
  return row[phase] === null ? 0 : (row[phase].average_ms * row[phase].requests) / row.requests;
}

function phaseSum(row) {
  return PHASES.reduce((sum, [phase]) => sum + phaseShare(row, phase), 0);
}

function phaseBar(row, longest) {
  const parts = PHASES.filter(([phase]) => phaseShare(row, phase) > 0);
  const text = parts.map(([phase, title]) => `${title} ${formatTime(phaseShare(row, phase))} ms`).join(", ");
  return element(
    "div",
    { class: "bar-row" },
    element("span", { class: "bar-name" }, phaseLabel(row)),
    element(
      "span",
      { class: "bar", role: "img", "aria-label": text, title: text },
      ...parts.map(([phase]) =>
        element("span", { class: `phase-${phase}`, style: `width: ${(100 * phaseShare(row, phase)) / longest}%` }),
      ),
    ),
    element("span", { class: "bar-value" }, `${formatTime(phaseSum(row))} ms`),
  );
}

function phaseBars(rows) {
  const sorted = [...rows].sort((a, b) => phaseSum(b) - phaseSum(a));
  const shown = sorted.slice(0, MOST_BARS);
  const longest = Math.max(...shown.map(phaseSum));
  const legend = element(
    "p",
    { class: "muted bar-legend" },
    ...PHASES.filter(([phase]) => rows.some((row) => row[phase] !== null)).map(([phase, title]) =>
      element("span", {}, element("span", { class: `key phase-${phase}` }), title),
    ),
  );
  const rest = sorted.length - shown.length;
  return [
    legend,
    ...(longest > 0 ? shown.map((row) => phaseBar(row, longest)) : []),
    rest > 0 ? element("p", { class: "muted" }, `The ${formatCount(rest)} names with the shortest times have no bar.`) : null,
  ].filter(Boolean);
}

// A row of the table for each phase that happened.
function phaseTableRows(rows) {
  return rows.flatMap((row) =>
    PHASES.filter(([phase]) => row[phase] !== null).map(([phase, title]) => ({
      type: row.type,
      name: row.isTotal ? "All requests" : row.name,
      newConnections: row.new_connections,
      phase: title,
      ...row[phase],
    })),
  );
}

function showPhases(phases) {
  if (!phases) return;
  byId("phases").hidden = false;
  const total = { ...phases.total, isTotal: true };
  document.querySelector("#phases .bars").replaceChildren(...phaseBars(phases.entries));
  const time = (title, key) => ({ title, hint: "Duration in ms", value: (row) => row[key], text: (row) => formatTime(row[key]) });
  const columns = [
    { title: "Type", isText: true, value: (row) => row.type, text: (row) => row.type },
    { title: "Name", isText: true, value: (row) => row.name, text: (row) => row.name },
    {
      title: "New connections",
      hint: "TCP connections that were opened for requests of this name",
      value: (row) => row.newConnections,
      text: (row) => formatCount(row.newConnections),
    },
    { title: "Phase", isText: true, value: (row) => row.phase, text: (row) => row.phase },
    {
      title: "Requests",
      hint: "Requests in which the phase happened",
      value: (row) => row.requests,
      text: (row) => formatCount(row.requests),
    },
    time("Average", "average_ms"),
    time("Min", "minimum_ms"),
    time("Median", "median_ms"),
    time("p95", "p95_ms"),
    time("p99", "p99_ms"),
    time("Max", "maximum_ms"),
  ];
  contentOf("phases").replaceChildren(
    new Table(columns, phaseTableRows(phases.entries), { footer: phaseTableRows([total]) }).element,
  );
}
