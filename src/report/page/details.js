// Failures, exceptions, events and the environment.

function showFailures(failures) {
  if (failures.length === 0) return;
  byId("failures").hidden = false;
  const columns = [
    { title: "Count", value: (row) => row.count, text: (row) => formatCount(row.count) },
    { title: "Type", isText: true, value: (row) => row.type, text: (row) => row.type },
    { title: "Name", isText: true, value: (row) => row.name, text: (row) => row.name },
    { title: "Error", isText: true, value: (row) => row.error, text: (row) => row.error },
    { title: "First", value: (row) => row.first_seen, text: (row) => formatClock(row.first_seen) },
    { title: "Last", value: (row) => row.last_seen, text: (row) => formatClock(row.last_seen) },
  ];
  contentOf("failures").replaceChildren(new Table(columns, failures, { sortBy: "Count" }).element);
}

function showExceptions(exceptions) {
  if (exceptions.length === 0) return;
  byId("exceptions").hidden = false;
  contentOf("exceptions").replaceChildren(
    ...exceptions.map((row) =>
      element(
        "details",
        {},
        element("summary", {}, `${formatCount(row.count)} × ${row.message}`),
        element("pre", {}, row.traceback || "No traceback"),
      ),
    ),
  );
}

function showEvents(events) {
  if (events.length === 0) return;
  byId("events").hidden = false;
  const columns = [
    { title: "Time", isText: true, text: (row) => formatClock(row.time) },
    { title: "Event", isText: true, text: (row) => row.text },
  ];
  contentOf("events").replaceChildren(new Table(columns, events).element);
}

function factText(name, value) {
  if (value === null || value === "") return "–";
  if (name === "memory_bytes") return `${formatNumber(value / 2 ** 30, 1)} GiB`;
  if (Array.isArray(value)) return value.join(", ");
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function factList(title, facts) {
  const rows = Object.entries(facts).filter(([, value]) => !(Array.isArray(value) && value.length === 0));
  if (rows.length === 0) return null;
  return element(
    "div",
    { class: "facts" },
    element("h3", {}, title),
    element(
      "dl",
      {},
      ...rows.flatMap(([name, value]) => [
        element("dt", {}, name.replaceAll("_", " ")),
        element("dd", {}, factText(name, value)),
      ]),
    ),
  );
}

function showEnvironment(files) {
  contentOf("environment").replaceChildren(
    ...files.flatMap(({ file, facts, exit_code }) => {
      const { options = {}, arguments: own = {}, ...rest } = facts;
      const worker = { ...(file ? { file } : {}), ...rest, ...(exit_code === null ? {} : { exit_code }) };
      return [
        factList("Generator", worker),
        factList("Options", options),
        factList("Arguments of the locustfile", own),
      ].filter(Boolean);
    }),
  );
}

function showDetails({ failures, exceptions, events, files }) {
  showFailures(failures);
  showExceptions(exceptions);
  showEvents(events);
  showEnvironment(files);
}
