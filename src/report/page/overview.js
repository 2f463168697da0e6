// The head of the page: the run, the result, its key figures, the thresholds.

function count(number, noun) {
  return `${formatCount(number)} ${noun}${number === 1 ? "" : "s"}`;
}

function showRun(run) {
  const { began, ended, files } = run.data;
  const unique = (values) => [...new Set(values.filter(Boolean))];
  const facts = files.map((file) => file.facts);
  const parts = [
    unique(facts.flatMap((fact) => fact.locustfiles ?? []).map((path) => path.split("/").pop())).join(", "),
    unique(facts.map((fact) => fact.host)).join(", "),
    `${formatMoment(began)} – ${formatClock(ended)} (${formatDuration(ended - began)})`,
    files.length > 1 ? `${files.length} run files together` : "",
  ];
  byId("run").textContent = parts.filter(Boolean).join(" · ");
  document.title = `Load test report: ${parts[0] || parts[2]}`;
  byId("program").textContent = unique(facts.map((fact) => fact.program)).join(", ") || "cpp-worker";
}

function verdictLine(isGood, title, text) {
  const state = isGood === null ? "" : isGood ? " good" : " bad";
  const sign = isGood === null ? "·" : isGood ? "✓" : "✗";
  return element(
    "p",
    { class: `verdict${state}` },
    element("span", { class: "sign", "aria-hidden": "true" }, sign),
    element("strong", {}, title),
    element("span", {}, text),
  );
}

function thresholdVerdict(thresholds) {
  const failed = thresholds.filter((row) => row.failed);
  if (thresholds.length === 0) return verdictLine(null, "No thresholds", "The run had no --fail-if.");
  if (failed.length === 0) return verdictLine(true, "Passed", `${count(thresholds.length, "threshold")} kept.`);
  return verdictLine(
    false,
    "Failed",
    `${failed.length} of ${count(thresholds.length, "threshold")}: ${failed.map((row) => row.condition).join("; ")}`,
  );
}

// The verdict on the generator: {sound, text}; sound is null if it was not judged.
function generatorVerdict(generator) {
  if (!generator) return null;
  const title = generator.sound === null ? "Generator not judged" : generator.sound ? "Sound numbers" : "Numbers not sound";
  return verdictLine(generator.sound, title, generator.text);
}

function loadVerdict(load) {
  return verdictLine(null, load.knee ? "Knee" : "Load", load.conclusion.replace(/^No knee: /, "No knee: "));
}

function notices(files) {
  return files.flatMap((file) => {
    const name = file.file || "This page";
    const texts = file.damage.map((damage) => `${name}: ${damage}`);
    if (!file.complete) texts.push(`${name}: the run has no end. It goes on, or the process was killed.`);
    return texts.map((text) => element("p", { class: "notice" }, text));
  });
}

function tile(title, value, note, isBad = false) {
  return element(
    "div",
    { class: "tile" },
    element("dt", {}, title),
    element("dd", { class: isBad ? "bad" : null }, value),
    element("dd", { class: "muted" }, note),
  );
}

function tiles(run) {
  const { total, entries } = run.data;
  const times = total.success_percentiles_ms;
  const users = Math.max(0, ...run.charts.users);
  const time = (name) => (times ? `${formatTime(times[name])} ms` : "–");
  return element(
    "dl",
    { class: "tiles" },
    tile("Requests", formatCount(total.requests), count(entries.length, "name")),
    tile("Failures", formatPercent(total.failure_ratio), formatCount(total.failures), total.failures > 0),
    tile("Requests/s", formatRate(total.requests_per_s), "mean of the run"),
    tile("Users", formatRate(users), "maximum"),
    tile("Median", time("50%"), "of successes"),
    tile("p95", time("95%"), "of successes"),
    tile("p99", time("99%"), "of successes"),
  );
}

function showOverview(run) {
  showRun(run);
  const { thresholds, files, generator, load } = run.data;
  byId("verdict").replaceChildren(
    ...[thresholdVerdict(thresholds), generatorVerdict(generator), loadVerdict(load), ...notices(files), tiles(run)].filter(Boolean),
  );
  if (thresholds.length === 0) return;
  byId("thresholds").hidden = false;
  const columns = [
    { title: "Result", isText: true, text: (row) => (row.failed ? "✗ failed" : "✓ ok"), isBad: (row) => row.failed },
    { title: "Fail if", isText: true, text: (row) => row.condition },
    { title: "Measured", isText: true, text: (row) => row.value },
    { title: "Note", isText: true, text: (row) => row.note },
  ];
  contentOf("thresholds").replaceChildren(new Table(columns, thresholds).element);
}
