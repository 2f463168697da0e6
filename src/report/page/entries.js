// The table of entries.

function percentileOf(row, kind, name) {
  const times = kind === "all" ? row.percentiles_ms : row[`${kind}_percentiles_ms`];
  return times?.[name] ?? null;
}

// What the table shows beside the percentiles depends on the kind of requests.
function entryColumns(run, state, select) {
  const { kind } = state;
  const name = (entry) =>
    element("button", { type: "button", class: "link", onclick: () => select(entry.row) }, entry.name || "–");
  const time = (title, value, hint) => ({ title, hint, value, text: (entry) => formatTime(value(entry)) });
  const columns = [
    { title: "Type", isText: true, value: (entry) => entry.type, text: (entry) => entry.type },
    { title: "Name", isText: true, value: (entry) => entry.name, text: name },
    { title: "Requests", value: (entry) => entry.requests, text: (entry) => formatCount(entry.requests) },
    {
      title: "Failures",
      value: (entry) => entry.failures,
      text: (entry) => formatCount(entry.failures),
      isBad: (entry) => entry.failures > 0,
    },
    {
      title: "Failed",
      value: (entry) => entry.failure_ratio,
      text: (entry) => formatPercent(entry.failure_ratio),
      isBad: (entry) => entry.failures > 0,
    },
    { title: "Requests/s", value: (entry) => entry.requests_per_s, text: (entry) => formatRate(entry.requests_per_s) },
  ];
  if (kind === "all") {
    columns.push(
      time("Average", (entry) => entry.average_ms, "Average response time in ms"),
      time("Min", (entry) => entry.minimum_ms, "Shortest response time in ms"),
    );
  }
  for (const [title, key] of [["Median", "50%"], ["p90", "90%"], ["p95", "95%"], ["p99", "99%"], ["p99.9", "99.9%"]]) {
    columns.push(time(title, (entry) => percentileOf(entry, kind, key), "Response time in ms"));
  }
  columns.push(
    time("Max", (entry) => (kind === "all" ? entry.maximum_ms : percentileOf(entry, kind, "100%")), "Longest response time in ms"),
  );
  columns.push({
    title: "Bytes",
    hint: "Average size of a response",
    value: (entry) => entry.average_bytes,
    text: (entry) => formatCount(Math.round(entry.average_bytes)),
  });
  return columns;
}

class EntryTable {
  constructor(run, state, select) {
    this.run = run;
    this.state = state;
    this.select = select;
    const rows = run.rows.map((row, i) => ({
      ...row,
      row: i,
      name: i === 0 ? "All requests" : row.name,
      isSelected: () => state.row === i,
    }));
    this.table = new Table(entryColumns(run, state, select), rows.slice(1), { footer: [rows[0]] });
    contentOf("entries").replaceChildren(this.table.element);
    const search = byId("search");
    search.hidden = rows.length < 12;
    search.addEventListener("input", () => {
      const text = search.value.toLowerCase();
      this.table.isShown = (entry) => `${entry.type} ${entry.name}`.toLowerCase().includes(text);
      this.table.draw();
    });
  }

  update() {
    this.table.columns = entryColumns(this.run, this.state, this.select);
    this.table.draw();
  }
}
