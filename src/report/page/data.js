// Reads the data of the page. report/page_data.cpp writes it.

const PERCENTILES = ["p50", "p95", "p99"];

// Integers in the variable-length base64 of source maps (report/packed_numbers.cpp).
function unpack(text) {
  const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const values = new Map([...digits].map((digit, value) => [digit, value]));
  const numbers = [];
  let number = 0;
  let factor = 1;
  for (const digit of text) {
    const value = values.get(digit);
    number += (value % 32) * factor;
    factor *= 32;
    if (value >= 32) continue;
    const size = Math.floor(number / 2);
    numbers.push(number % 2 === 1 ? -size : size);
    number = 0;
    factor = 1;
  }
  return numbers;
}

function unpackDifferences(text) {
  let sum = 0;
  return unpack(text).map((difference) => (sum += difference));
}

class Run {
  constructor(data) {
    this.data = data;
    this.charts = data.charts;
    this.levels = unpackDifferences(this.charts.levels_us).map((time) => time / 1000);
    this.time = unpackDifferences(this.charts.time);
    this.covered = this.charts.covered_s;
    // Row 0 is the sum of all.
    this.rows = [data.total, ...data.entries];
    this.decoded = new Map();
  }

  label(row) {
    if (row === 0) return "All requests";
    const { type, name } = this.rows[row];
    return type ? `${type} ${name}` : name;
  }

  // The end of a chart's title.
  suffix(row) {
    return row === 0 ? "" : `: ${this.label(row)}`;
  }

  // Counts, and for each kind of requests the response times in ms, null if there are none.
  series(row) {
    if (!this.decoded.has(row)) this.decoded.set(row, this.decode(this.charts.series[row]));
    return this.decoded.get(row);
  }

  decode(packed) {
    const times = (columns) =>
      Object.fromEntries(
        PERCENTILES.map((name, i) => [
          name,
          unpackDifferences(columns[i]).map((index) => (index === 0 ? null : this.levels[index - 1])),
        ]),
      );
    const none = this.time.map(() => null);
    const all = times(packed.all);
    all.max = unpackDifferences(packed.max).map((time) => (time === 0 ? null : (time - 1) / 100));
    return {
      requests: unpackDifferences(packed.requests),
      failures: unpackDifferences(packed.failures),
      all,
      success: packed.success ? times(packed.success) : all,
      failure: packed.failure ? times(packed.failure) : { p50: none, p95: none, p99: none },
    };
  }

  rates(counts) {
    return counts.map((count, i) => (this.covered[i] > 0 ? count / this.covered[i] : null));
  }

  // Pairs of a response time in ms and a count, in ascending order.
  histogram(row, kind) {
    const { all, failure } = this.charts.histograms[row];
    const read = (text) => {
      const numbers = unpack(text);
      const counts = new Map();
      for (let i = 0, level = 0; i < numbers.length; i += 2) {
        level += numbers[i];
        counts.set(this.levels[level], numbers[i + 1]);
      }
      return counts;
    };
    const failed = read(failure);
    if (kind === "failure") return [...failed];
    const counts = read(all);
    if (kind === "all") return [...counts];
    return [...counts].map(([time, count]) => [time, count - (failed.get(time) ?? 0)]).filter((pair) => pair[1] > 0);
  }

  // For each column of the heatmap: the first class and the counts from it on.
  heat(row, kind) {
    const packed = this.charts.series[row];
    const read = (text) => {
      const numbers = unpack(text);
      const columns = [];
      for (let i = 0; i < numbers.length; ) {
        const size = numbers[i++];
        if (size === 0) {
          columns.push({ first: 0, counts: [] });
          continue;
        }
        columns.push({ first: numbers[i], counts: numbers.slice(i + 1, i + 1 + size) });
        i += 1 + size;
      }
      return columns;
    };
    if (kind === "failure") return packed.failure_heat ? read(packed.failure_heat) : [];
    const all = read(packed.heat);
    if (kind === "all" || !packed.failure_heat) return all;
    const failed = read(packed.failure_heat);
    return all.map(({ first, counts }, i) => ({
      first,
      counts: counts.map((count, k) => count - (failed[i].counts[first + k - failed[i].first] ?? 0)),
    }));
  }

  // The response time in ms at which a class begins. Class 0 has all that is shorter.
  classBegin(number) {
    return 0.01 * 10 ** ((number - 1) / this.charts.classes_per_decade);
  }
}
