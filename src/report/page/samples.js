// Samples of failed requests. Everything that was sent or received is shown as text, never as markup.

const ROLES = { first: "first", last: "last", random: "at random" };

// Lines of 16 bytes, as hexadecimal numbers and as characters.
function hexDump(base64) {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  const lines = [];
  for (let at = 0; at < bytes.length; at += 16) {
    const line = [...bytes.slice(at, at + 16)];
    const numbers = line.map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
    const characters = line.map((byte) => (byte >= 32 && byte < 127 ? String.fromCharCode(byte) : ".")).join("");
    lines.push(`${at.toString(16).padStart(4, "0")}  ${numbers.padEnd(47)}  ${characters}`);
  }
  return lines.join("\n");
}

function bodyDetails(title, body) {
  if (body === null || body.bytes === 0) return null;
  const isText = body.encoding === "utf-8";
  const size = `${formatCount(body.bytes)} ${isText ? "bytes" : "bytes of binary data"}`;
  const cut = body.left_out > 0 ? `${formatCount(body.left_out)} more bytes are not shown.` : null;
  return element(
    "details",
    { class: "body" },
    element("summary", {}, `${title}: ${size}`),
    element("pre", { tabindex: 0 }, isText ? body.text : hexDump(body.text)),
    cut && element("p", { class: "muted" }, cut),
  );
}

function headerText(firstLine, headers) {
  return [firstLine, ...headers.map(([name, value]) => `${name}: ${value}`)].join("\n");
}

// Returns false if the browser does not allow it.
async function copyText(text, place) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    getSelection().selectAllChildren(place);
    return document.execCommand("copy");
  }
}

function curlBlock(curl) {
  const place = element("pre", { class: "curl", tabindex: 0 }, curl);
  const button = element("button", { type: "button", class: "quiet copy no-print" }, "Copy");
  button.addEventListener("click", async () => {
    button.textContent = (await copyText(curl, place)) ? "Copied" : "Press Ctrl+C";
  });
  return element("div", { class: "command" }, element("div", { class: "section-head" }, element("h4", {}, "Send it again"), button), place);
}

function requestBlock({ request, curl_left_out }) {
  if (request === null) return [];
  return [
    element("h4", {}, "Request"),
    element("pre", { tabindex: 0 }, headerText(`${request.method} ${request.url}`, request.headers)),
    bodyDetails("Body", request.body),
    request.curl === null ? null : curlBlock(request.curl),
    curl_left_out ? element("p", { class: "muted" }, "The curl command is too long for this page. The report in JSON has it.") : null,
  ];
}

function responseBlock({ request, response }) {
  if (response === null) return request === null ? [] : [element("p", {}, "There was no response.")];
  return [
    element("h4", {}, "Response"),
    element("pre", { tabindex: 0 }, headerText(`${response.status} ${response.reason}`.trim(), response.headers)),
    response.body === null ? element("p", { class: "muted" }, "The body was streamed to the user.") : bodyDetails("Body", response.body),
  ];
}

function redirectBlock({ redirects, redirects_left_out }) {
  if (redirects.length + redirects_left_out === 0) return [];
  const lines = redirects.map(({ status, url, location }) => `${status} ${url}\n    → ${location}`);
  if (redirects_left_out > 0) lines.unshift(`${formatCount(redirects_left_out)} more`);
  return [element("h4", {}, "Redirects before it"), element("pre", { tabindex: 0 }, lines.join("\n"))];
}

function phasesText(phases) {
  return Object.entries(phases).map(([name, ms]) => `${name} ${formatTime(ms)} ms`).join(", ");
}

function sampleDetails(sample) {
  const milliseconds = String(Math.floor((sample.time % 1) * 1000)).padStart(3, "0");
  const time = `${formatClock(sample.time)}.${milliseconds}`;
  const took = sample.response_time_ms === null ? null : `${formatTime(sample.response_time_ms)} ms`;
  const facts = [
    ["Time", formatMoment(sample.time)],
    ["Response time", took],
    ["Phases", sample.phases_ms ? phasesText(sample.phases_ms) : null],
    ["User", sample.user_class],
    ["Task", sample.task],
    ["Address", sample.remote_address],
  ].filter(([, value]) => value !== null);
  const status = sample.response === null ? null : `status ${sample.response.status}`;
  return element(
    "details",
    { class: "sample" },
    element("summary", {}, [ROLES[sample.role], time, status, took].filter((part) => part !== null).join(" · ")),
    element(
      "div",
      { class: "facts" },
      element("dl", {}, ...facts.flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value)])),
    ),
    ...redirectBlock(sample),
    ...requestBlock(sample),
    ...responseBlock(sample),
    sample.headers_left_out > 0
      ? element("p", { class: "muted" }, `${formatCount(sample.headers_left_out)} headers are not shown.`)
      : null,
    sample.detail === null ? null : bodyDetails("Detail", sample.detail),
  );
}

function showSamples({ failures, left_out, body_limit }) {
  if (failures.length === 0) return;
  byId("samples").hidden = false;
  const missing = [
    left_out > 0 ? `${formatCount(left_out)} samples are left out` : null,
    body_limit === null ? null : body_limit === 0 ? "bodies are left out" : `bodies end after ${formatCount(body_limit)} bytes`,
  ].filter((part) => part !== null);
  if (missing.length > 0) {
    byId("samples-left-out").hidden = false;
    byId("samples-left-out").textContent = `So that this page stays small, ${missing.join(" and ")}. The reports in JSON and HAR have all samples.`;
  }
  contentOf("samples").replaceChildren(
    ...failures.map(({ type, name, error, count, samples }) =>
      element(
        "details",
        { class: "failure" },
        element(
          "summary",
          {},
          count === null ? "" : `${formatCount(count)} × `,
          element("strong", {}, type ? `${type} ${name}` : name),
          ` ${error}`,
        ),
        ...samples.map(sampleDetails),
      ),
    ),
  );
}
