// Puts the page together.

const run = new Run(JSON.parse(byId("data").textContent));
const state = { row: 0, kind: "all", axis: run.data.load.knee?.axis === "users" ? "users" : "requests", log: false, zoom: null };

// --- light and dark ---

const THEMES = ["auto", "light", "dark"];
const prefersDark = matchMedia("(prefers-color-scheme: dark)");

function storedTheme() {
  try {
    return localStorage.getItem("cpp-worker-theme") ?? "auto";
  } catch {
    return "auto"; // a page from a file may have no storage
  }
}

function applyTheme(theme) {
  const isDark = theme === "dark" || (theme === "auto" && prefersDark.matches);
  document.documentElement.dataset.theme = isDark ? "dark" : "light";
  byId("theme").textContent = `Theme: ${theme}`;
  byId("theme").setAttribute("aria-label", `Theme: ${theme}. Select the next one`);
}

let theme = storedTheme();

function changeTheme(next) {
  theme = next;
  try {
    localStorage.setItem("cpp-worker-theme", theme);
  } catch {
    // It holds until the page is closed.
  }
  applyTheme(theme);
  drawCharts();
}

// --- what the controls select ---

applyTheme(theme);
showOverview(run);
showPhases(run.data.phases);
showDetails(run.data);
showSamples(run.data.samples);
const entryTable = new EntryTable(run, state, select);
const overTime = new OverTime(run, state, () => (byId("zoom-out").disabled = state.zoom === null));
const timesParent = document.querySelector("#times .charts");
const heatmap = new Heatmap(timesParent, run, state);
const distribution = new Distribution(timesParent, run, state);
const loadView = new LoadView(run, state);

function drawCharts() {
  for (const view of [overTime, heatmap, distribution, loadView]) view.update();
}

function select(row) {
  state.row = row;
  byId("row").value = row;
  entryTable.update();
  drawCharts();
}

byId("row").append(...run.rows.map((_, row) => element("option", { value: row }, run.label(row))));
byId("row").addEventListener("change", (event) => select(Number(event.target.value)));
byId("kind").addEventListener("change", (event) => {
  state.kind = event.target.value;
  entryTable.update();
  drawCharts();
});
byId("log").addEventListener("change", (event) => {
  state.log = event.target.checked;
  drawCharts();
});
byId("axis").addEventListener("change", (event) => {
  state.axis = event.target.value;
  loadView.update();
});
document.querySelector(`#axis [value="${state.axis}"]`).checked = true;
byId("controls").addEventListener("submit", (event) => event.preventDefault());
byId("zoom-out").addEventListener("click", () => overTime.zoom(null));
byId("theme").addEventListener("click", () => changeTheme(THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length]));
prefersDark.addEventListener("change", () => {
  applyTheme(theme);
  drawCharts();
});

// Paper is white.
addEventListener("beforeprint", () => {
  document.documentElement.dataset.theme = "light";
  for (const details of document.querySelectorAll("details")) details.open = true;
  drawCharts();
});
addEventListener("afterprint", () => {
  applyTheme(theme);
  drawCharts();
});

drawCharts();
