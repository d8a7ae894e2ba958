// Figures as the page carries them, opened for drawing: columns, calendars, formats and round numbers. Draws nothing.
const DAY = 864e5;

function days(steps) {
  const found = new Float64Array(steps.length);
  let day = 0;
  for (let k = 0; k < steps.length; k++) found[k] = (day += steps[k]) * DAY;
  return found;
}

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const CODES = new Int8Array(128).fill(-1);
for (let k = 0; k < 64; k++) CODES[ALPHABET.charCodeAt(k)] = k;

// A column as packing.py wrote it: steps of whole units, five bits a character; null where there is no value. One without
// gaps is an array of doubles, which costs the least to keep.
function values(column) {
  const { base, unit, steps, ratio } = column, whole = !steps.includes("!"), length = steps.length;
  const found = whole ? new Float64Array(length) : [];
  const scale = unit < 1 ? Math.round(1 / unit) : 0; // a quotient of whole numbers is the nearest decimal
  let place = ratio ? 0 : base, step = 0, shift = 0, n = 0;
  for (let k = 0; k < length; k++) {
    const code = CODES[steps.charCodeAt(k)];
    if (code < 0) { found[n++] = null; continue; }
    // Beyond 30 bits a step is no small number any more, and shifting would lose its head.
    step = shift < 25 ? step | ((code & 31) << shift) : step + (code & 31) * 2 ** shift;
    shift += 5;
    if (code & 32) continue;
    place += step % 2 ? -(step - 1) / 2 : step / 2;
    step = shift = 0;
    found[n++] = ratio ? base * Math.exp(place * unit) : scale ? place / scale : place * unit;
  }
  return whole ? found.subarray(0, n) : found;
}

function calendars(packed) {
  return Object.fromEntries(Object.entries(packed).map(([name, steps]) => [name, days(steps)]));
}

// A figure with its columns unpacked; the points of dots are put in the order of x, which is how they are drawn.
function opened(packed, shared) {
  const own = Object.assign({}, shared, calendars(packed.calendars || {}));
  const names = packed.across.kind === "names";
  const series = packed.series.map((one) => {
    const y = values(one.y);
    const x = names ? Float64Array.from(y, (_, k) => k) : own[one.x] || one.x;
    const order = one.kind === "dots" && !names ? x.map((_, k) => k).sort((a, b) => x[a] - x[b]) : null;
    const sorted = (column) => (order && column ? order.map((k) => column[k]) : column);
    return Object.assign({ panel: "y", hover: "{:.2f}" }, one, {
      x: sorted(x), y: sorted(y), said: sorted(one.said), low: sorted(one.low), high: sorted(one.high),
    });
  });
  const dated = packed.across.kind === "dates";
  const bands = packed.bands.map((band) => Object.assign({}, band, { from: Date.parse(band.x0), to: Date.parse(band.x1) }));
  const labels = packed.labels.map((label) => Object.assign({}, label, { at: Date.parse(label.x) }));
  // A chart of one cycle keeps its own span when the others are zoomed.
  return Object.assign({}, packed, { series, bands, labels, dated, timed: dated && packed.own_span !== true });
}

// One table for all series, as the library wants it: x, then a column each; undefined where a calendar lacks the day.
function table(columns) {
  const longest = columns.reduce((most, one) => (one.x.length > most.length ? one.x : most), columns[0].x);
  if (columns.every((one) => one.x === longest)) return [longest, ...columns.map((one) => one.y)];
  const place = new Map();
  longest.forEach((x, k) => place.set(x, k));
  if (!columns.every((one) => one.x === longest || one.x.every((x) => place.has(x)))) return joined(columns);
  const spread = ({ x, y }) => {
    const column = new Array(longest.length).fill(undefined);
    x.forEach((each, k) => { column[place.get(each)] = y[k]; });
    return column;
  };
  return [longest, ...columns.map((one) => (one.x === longest ? one.y : spread(one)))];
}

function joined(columns) {
  const groups = new Map();
  columns.forEach((one, k) => {
    if (!groups.has(one.x)) groups.set(one.x, []);
    groups.get(one.x).push(k);
  });
  const found = uPlot.join([...groups].map(([x, at]) => [x, ...at.map((k) => columns[k].y)])), sorted = [found[0]];
  [...groups.values()].flat().forEach((k, at) => { sorted[k + 1] = found[at + 1]; });
  return sorted;
}

// Areas of one stack stand on each other, in the order of the series; `base` is what an area stands on.
function stacked(columns, series, hidden) {
  const tops = {};
  return columns.map((column, at) => {
    const stack = at && series[at - 1].stack;
    if (!stack || hidden.has(at - 1)) return { column };
    const base = tops[stack] || Array.from(column, (y) => (y === undefined ? y : 0));
    tops[stack] = Array.from(column, (y, k) => (y === undefined ? y : base[k] + (y || 0)));
    return { column: tops[stack], base };
  });
}

function full(chart, shared) {
  let first = Infinity, last = -Infinity;
  // Charts that are zoomed together show the same span, whatever days their own series have.
  const columns = chart.series.map((one) => one.x).concat(chart.timed ? [shared.period || shared.sessions] : []);
  for (const x of columns) {
    if (!x.length) continue;
    first = Math.min(first, x[0]);
    last = Math.max(last, x[x.length - 1]);
  }
  if (chart.across.range) return chart.across.range;
  if (chart.across.kind === "names") return [-0.6, last + 0.6];
  // One session still needs a span to be drawn in.
  return first < last ? [first, last] : [first - 3 * DAY, last + 3 * DAY];
}

// What a value axis spans: its values with a little room, and 0 where bars and areas stand on it.
function fitted(low, high, { log, zero, room }) {
  if (low === null || !Number.isFinite(low)) return [0, 1];
  if (log) [low, high] = [Math.log10(low), Math.log10(high)];
  else if (zero) [low, high] = [Math.min(low, 0), Math.max(high, 0)];
  const more = (room || 0.05) * (high - low) || (log ? 0.01 : 0.05 * Math.abs(high) || 1);
  return [low - (low === 0 && !log ? 0 : more), high + (high === 0 && !log ? 0 : more)];
}

function nice(step) {
  const power = 10 ** Math.floor(Math.log10(step));
  return [1, 2, 5, 10].map((m) => m * power).find((each) => each >= step * (1 - 1e-9));
}

function rounds(low, high, count) {
  const step = nice((high - low) / Math.max(count, 1) || 1), found = [];
  const digits = Math.max(0, -Math.floor(Math.log10(step)));
  for (let k = Math.ceil(low / step - 1e-9); k <= high / step + 1e-9; k++) found.push(Number((k * step).toFixed(digits)));
  return found;
}

// Ticks between two logarithms: 1, 2 and 5 of each decade; on a narrow span even steps; on a wide one decades alone.
function logRounds(low, high, count) {
  if (high - low < 0.7) return rounds(10 ** low, 10 ** high, count).filter((x) => x > 0);
  const found = [], marks = high - low > 4 ? [1] : high - low > 2.4 ? [1, 3] : [1, 2, 5];
  for (let k = Math.floor(low); k <= high; k++)
    for (const m of marks) if (Math.log10(m) + k >= low && Math.log10(m) + k <= high) found.push(m * 10 ** k);
  return found;
}

function grouped(text) {
  return text.replace(/\B(?=(\d{3})+(?!\d))/g, ",");
}

// A number in a format such as {:+,.1f}, the words around it kept; $ stands after the sign.
function formatted(format, value) {
  return format.replace(/\{:(\+?)(\$?)(,?)\.(\d)f\}/, (_, plus, money, commas, digits) => {
    const [whole, part] = Math.abs(value).toFixed(Number(digits)).split(".");
    const nothing = !/[1-9]/.test(whole + (part || ""));
    const sign = value < 0 && !nothing ? "−" : plus && !nothing ? "+" : "";
    return sign + money + (commas ? grouped(whole) : whole) + (part ? "." + part : "");
  });
}

// A tick's number: thousands and millions by letter where the axis is short, a true minus.
function ticked(value, axis) {
  const size = Math.abs(value);
  const [unit, letter] = !axis.short ? [1, ""] : size >= 1e9 ? [1e9, "B"] : size >= 1e6 ? [1e6, "M"] : size >= 1e3 ? [1e3, "k"] : [1, ""];
  const [whole, part] = String(Number((size / unit).toPrecision(6))).split(".");
  return (value < 0 ? "−" : "") + (axis.prefix || "") + grouped(whole) + (part ? "." + part : "") + letter + (axis.suffix || "");
}

const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
const WEEK = "Sun Mon Tue Wed Thu Fri Sat".split(" ");

function spoken(ms) {
  const day = new Date(ms);
  return WEEK[day.getUTCDay()] + " " + day.getUTCDate() + " " + MONTHS[day.getUTCMonth()] + " " + day.getUTCFullYear();
}

function dayOf(ms) {
  return new Date(ms).toISOString().slice(0, 10);
}

// Days to write below a chart, at most about `count`: years, else months, else days.
function dates(low, high, count) {
  const begin = new Date(low), months = (high - low) / (30.44 * DAY), found = [];
  if (months / count < 0.7) {
    const step = Math.max(1, Math.ceil((high - low) / DAY / count)) * DAY;
    for (let day = Math.ceil(low / DAY) * DAY; day <= high; day += step) found.push(day);
    return found;
  }
  const step = [1, 2, 3, 6, 12, 24, 60, 120, 240].find((each) => months / each <= count) || 600;
  const year = begin.getUTCFullYear() - (begin.getUTCFullYear() % Math.max(1, step / 12));
  for (let k = 0, day; (day = Date.UTC(year, k * step)) <= high; k++) if (day >= low) found.push(day);
  return found;
}

function dated(ms, low, high, first) {
  const day = new Date(ms), year = String(day.getUTCFullYear()), month = MONTHS[day.getUTCMonth()];
  const months = (high - low) / (30.44 * DAY);
  const dayed = day.getUTCDate() !== 1 || months < 3;
  if (!dayed && day.getUTCMonth() === 0) return year;
  return (dayed ? day.getUTCDate() + " " : "") + month + (first ? "\n" + year : "");
}
