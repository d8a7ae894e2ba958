// Draws one figure with uPlot: its scales, axes, series and what stands around them. Knows nothing of the page.
// All panels of a figure share one canvas and one horizontal axis: the scale of each is stretched so that its values
// fill its own part of the height.
const WIDE = 620; // CSS pixels from which on titles beside the axes and labels above the bands fit
const LONG = 16; // characters from which on the names of rows do not fit beside a narrow plot
const GAP = 5;
const BUCKET = 2; // canvas pixels in which a line is drawn at its lowest and its highest place
const FOOT = 7; // CSS pixels of the strip at the foot
const HEAD = 9; // and of the ribbon above
const DASHES = { dash: [7, 4], dot: [2, 3], dashdot: [8, 3, 2, 3], longdash: [11, 4], longdashdot: [11, 3, 2, 3] };
const ruler = document.createElement("canvas").getContext("2d");

// How a figure is drawn: `hue` turns a colour of the theme into one; `k` is canvas pixels a CSS pixel beyond the screen's.
function look(width, k, hue, family) {
  const narrow = width < WIDE, size = narrow ? 11 : 12;
  return {
    k, hue, narrow, line: size * 1.25 * k,
    font: (weight, px) => weight + " " + Math.round((px || size) * k) + "px " + family,
    wide: (words, px, weight) => measured(words, (weight || "400") + " " + (px || size) + "px " + family) * k,
  };
}

const widths = new Map();
function measured(words, font) {
  const key = font + words;
  if (!widths.has(key)) {
    if (ruler.font !== font) ruler.font = font;
    widths.set(key, ruler.measureText(words).width);
  }
  return widths.get(key);
}

// ---- scales -------------------------------------------------------------------------------------------------------

function panelsOf(chart) {
  return Object.entries(chart.panels).map(([name, axis]) => {
    const mine = chart.series.filter((one) => one.panel === name);
    const log = name === "y" && chart.log === true;
    const zero = axis.from_zero || mine.some((one) => one.kind === "bars" || one.stack || one.fill === "zero");
    const [low, high] = axis.domain || [0, 1];
    return { name, axis, log, zero, foot: low, head: high, room: mine.some((one) => one.written) ? 0.14 : 0.05, low: 0, high: 1 };
  });
}

function scaleOf(panel, log) {
  return {
    auto: true, distr: log ? 3 : 1, log: 10,
    range(u, low, high) {
      const [from, to] = panel.axis.range || fitted(low, high, panel);
      [panel.low, panel.high] = [from, to];
      const whole = (to - from) / (panel.head - panel.foot), ends = [from - panel.foot * whole, to + (1 - panel.head) * whole];
      return log ? ends.map((x) => 10 ** x) : ends;
    },
  };
}

// ---- axes ---------------------------------------------------------------------------------------------------------

function ticksOf(u, panel) {
  if (panel.axis.rows) return panel.axis.rows.at;
  const tall = (u.height * (panel.head - panel.foot)) / u.look.k;
  const count = Math.max(2, Math.min(panel.axis.ticks || 6, Math.floor(tall / 26)));
  return (panel.log ? logRounds : rounds)(panel.low, panel.high, count);
}

function aside(panel, view) {
  const rows = panel.axis.rows;
  return !(rows && view.narrow && Math.max(...rows.names.map((words) => words.length)) > LONG);
}

function valueAxes(panels, view) {
  const sides = [];
  return panels.map((panel, at) => ({
    scale: panel.name, side: 3, font: view.font("400"), stroke: view.hue("--ink"), gap: GAP * view.k,
    grid: { stroke: view.hue("--rule"), width: panel.axis.rows ? 0 : view.k, show: !panel.axis.rows },
    ticks: { show: false }, border: { show: false },
    splits: (u) => ticksOf(u, panel),
    values: (u, splits) => {
      const named = panel.axis.rows;
      const words = !aside(panel, view) ? splits.map(() => "") : named ? named.names : splits.map((x) => ticked(x, panel.axis));
      sides[at] = Math.max(0, ...words.map((one, k) => view.wide(one, 0, named && k === named.marked ? "700" : "400")));
      return named ? words.map((one, k) => (k === named.marked ? "" : one)) : words;
    },
    // The library sets axes side by side; these stand above each other, so that the last one takes the width of all.
    size: () => (at < panels.length - 1 ? 0 : Math.max(...sides) + (GAP + 3 + (titled(panels, view) ? 18 : 0)) * view.k),
  }));
}

function titled(panels, view) {
  return !view.narrow && panels.some((panel) => panel.axis.title);
}

function wrapped(words, room, view) {
  const lines = [""];
  for (const word of words.split(" ")) {
    const longer = lines[lines.length - 1] ? lines[lines.length - 1] + " " + word : word;
    if (view.wide(longer) <= room || !lines[lines.length - 1]) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

// Names below a chart: on as many lines as they need; those in order that do not fit are thinned out, words stand upright.
function namesBelow(names, room, view) {
  const within = (width) => names.map((name) => wrapped(name, width, view));
  const sized = (lines) => Math.max(...lines.flat().map((line) => view.wide(line)));
  let lines = within(room - 4 * view.k);
  const told = (words) => ({ words: words.map((each) => each.join("\n")), tall: Math.max(...words.map((each) => each.length)) * view.line, turn: 0 });
  if (lines.every((each) => each.length <= 3) && sized(lines) <= room - 2 * view.k) return told(lines);
  if (!names.every((name) => /^[−+-]?\d/.test(name))) return { words: names, tall: sized(names.map((name) => [name])), turn: 90 };
  lines = within(40 * view.k);
  const every = Math.ceil((sized(lines) + 8 * view.k) / room);
  return told(lines.map((each, k) => (k % every ? [""] : each)));
}

function acrossAxis(chart, view) {
  const { kind, names, title } = chart.across;
  let below = { tall: view.line, turn: 0 };
  const axis = {
    scale: "x", side: 2, font: view.font("400"), stroke: view.hue("--ink"), gap: 3 * view.k, lineGap: 1.25, grid: { show: false },
    ticks: { show: kind !== "names", size: 5 * view.k, width: view.k, stroke: view.hue("--rule-strong") },
    border: { show: true, width: view.k, stroke: view.hue("--rule-strong") },
    splits: (u, at, low, high) => {
      const count = Math.max(2, Math.floor(u.bbox.width / uPlot.pxRatio / view.k / (view.narrow ? 56 : 74)));
      if (kind === "names") return names.map((_, k) => k);
      return kind === "dates" ? dates(low, high, count) : rounds(low, high, count);
    },
    values: (u, splits) => {
      const { min, max } = u.scales.x;
      if (kind === "names") return (below = namesBelow(names, u.bbox.width / uPlot.pxRatio / (max - min), view)).words;
      below.tall = (kind === "dates" && max - min < 9 * 365 * DAY ? 2 : 1) * view.line;
      let year = null;
      return splits.map((x) => {
        if (kind !== "dates") return ticked(x, {});
        const first = year !== new Date(x).getUTCFullYear();
        year = new Date(x).getUTCFullYear();
        return dated(x, min, max, first);
      });
    },
    rotate: () => below.turn,
    size: () => below.tall + (kind === "names" ? 8 : 11) * view.k,
  };
  if (title) Object.assign(axis, { label: title, labelFont: view.font("400", 11), labelSize: 16 * view.k, labelGap: 2 * view.k });
  return axis;
}

// ---- series -------------------------------------------------------------------------------------------------------

// Small tiles that areas and bars are filled with, so that neighbours differ by more than colour.
const tiles = new Map();
function patterned(colour, shape, ink, k, strong) {
  const ratio = k * uPlot.pxRatio, key = [colour, shape, ink, ratio, strong].join();
  if (!tiles.has(key)) tiles.set(key, tiled(colour, shape, ink, ratio, strong));
  return tiles.get(key);
}

function tiled(colour, shape, ink, ratio, strong) {
  const size = Math.round((strong ? 6 : 8) * ratio);
  const tile = document.createElement("canvas");
  tile.width = tile.height = size;
  const pen = tile.getContext("2d");
  pen.fillStyle = colour;
  pen.fillRect(0, 0, size, size);
  pen.strokeStyle = pen.fillStyle = ink;
  pen.lineWidth = (strong ? 1.6 : 1.1) * ratio;
  const stroke = (x0, y0, x1, y1) => { pen.moveTo(x0 * size, y0 * size); pen.lineTo(x1 * size, y1 * size); };
  pen.beginPath();
  // Strokes go beyond the tile on both sides, so that they meet those of its neighbours.
  if (shape === "/" || shape === "x") for (const s of [-1, 0, 1]) stroke(s - 0.5, 1.5, s + 1.5, -0.5);
  if (shape === "\\" || shape === "x") for (const s of [-1, 0, 1]) stroke(s - 0.5, -0.5, s + 1.5, 1.5);
  if (shape === "-" || shape === "+") stroke(0, 0.5, 1, 0.5);
  if (shape === "|" || shape === "+") stroke(0.5, 0, 0.5, 1);
  if (shape === ".") pen.arc(size / 2, size / 2, 1.1 * ratio, 0, 7);
  if (shape === ".") pen.fill(); else pen.stroke();
  return ruler.createPattern(tile, "repeat");
}

function filling(one, view) {
  const colour = view.hue(one.fill_colour || one.colour);
  if (!one.pattern) return colour;
  const bars = one.kind === "bars" && !one.days;
  return patterned(colour, one.pattern, view.hue(bars ? "--paper" : "--pattern"), view.k, bars);
}

// Canvas pixels of a value on a scale; two places give all others.
function along(u, name) {
  const scale = u.scales[name], log = scale.distr === 3, { min, max } = scale;
  const [low, high] = [min, max].map((value) => u.valToPos(value, name, true));
  const begin = log ? Math.log10(min) : min, slope = (high - low) / ((log ? Math.log10(max) : max) - begin);
  return log ? (value) => low + (Math.log10(value > 0 ? value : min) - begin) * slope : (value) => low + (value - begin) * slope;
}

// Says which places of a line can be seen: of those inside BUCKET pixels the lowest and the highest, in their order; of a
// line in steps where it changes, of an area on another all. Null ends a run of places, undefined is no place.
function seen(u, at, [from, to], { step, whole, place, end }) {
  const x = u.data[0], y = u.data[at], wide = ((u.scales.x.max - u.scales.x.min) / u.bbox.width) * BUCKET;
  if (y instanceof Float64Array && !step && !whole) return without(x, y, from, to, wide, place, end);
  let open = false, low = 0, high = 0, edge = 0;
  const close = () => {
    if (!open) return;
    place(Math.min(low, high));
    if (low !== high) place(Math.max(low, high));
  };
  for (let k = from; k <= to; k++) {
    const value = y[k];
    if (value === undefined) continue;
    if (value === null) {
      close();
      if (open) end();
      open = false;
      continue;
    }
    const same = step ? value === y[low] && k < to && y[k + 1] !== null : !whole && x[k] < edge;
    if (open && same) {
      if (value < y[low]) low = k;
      else if (value > y[high]) high = k;
      continue;
    }
    close();
    if (!open && !step) place(k); // a run begins where it does, whatever is lowest there
    open = true;
    low = high = k;
    edge = (Math.floor(x[k] / wide) + 1) * wide;
  }
  close();
  if (open) end();
}

// The same of a column without gaps, as most are: all values go through this loop before anything is seen, so it is short.
function without(x, y, from, to, wide, place, end) {
  if (from <= to) place(from);
  for (let k = from; k <= to; ) {
    const edge = (Math.floor(x[k] / wide) + 1) * wide;
    let low = k, high = k, least = y[k], most = least;
    while (++k <= to && x[k] < edge) {
      const value = y[k];
      if (value < least) {
        least = value;
        low = k;
      } else if (value > most) {
        most = value;
        high = k;
      }
    }
    place(Math.min(low, high));
    if (low !== high) place(Math.max(low, high));
  }
  if (from <= to) end();
}

// A line through its places, and the area between it and what it stands on, `base`: a value, or one for each place.
function lineOf(one, base) {
  return (u, at, from, to) => {
    const stroke = new Path2D(), fill = base === null ? null : new Path2D(), whole = base !== null && typeof base !== "number";
    const x = u.data[0], y = u.data[at], across = along(u, "x"), up = along(u, u.series[at].scale);
    let first = -1, last = -1, height = 0, places = [];
    const place = (k) => {
      const left = across(x[k]), top = up(y[k]);
      if (first < 0) {
        stroke.moveTo(left, top);
        if (fill) fill.moveTo(left, top);
        first = k;
      } else {
        if (one.step) stroke.lineTo(left, height);
        stroke.lineTo(left, top);
        if (fill) fill.lineTo(left, top);
      }
      if (whole) places.push(k);
      last = k;
      height = top;
    };
    const end = () => {
      if (fill && !whole) for (const k of [last, first]) fill.lineTo(across(x[k]), up(base));
      if (whole) for (const k of places.reverse()) fill.lineTo(across(x[k]), up(base[k]));
      if (fill) fill.closePath();
      first = -1;
      places = [];
    };
    seen(u, at, [from, to], { step: one.step, whole, place, end });
    return { stroke, fill, clip: null, band: null, gaps: null, flags: 0 };
  };
}

function sides(one, x) {
  const half = one.days ? (one.days[one.x.indexOf(x)] / 2) * DAY : 0;
  return one.days ? [x - half, x + half] : [x + one.offset, x + one.offset + one.width];
}

function standing(one) {
  return (u, at) => {
    const fill = new Path2D(), { key } = u.scales[one.panel], foot = u.valToPos(0, key, true);
    u.data[at].forEach((y, k) => {
      if (y == null) return;
      const [left, right] = sides(one, u.data[0][k]).map((x) => u.valToPos(x, "x", true));
      const top = u.valToPos(y, key, true);
      fill.rect(left, Math.min(top, foot), Math.max(right - left, 1), Math.abs(top - foot));
    });
    return { fill, stroke: one.days ? fill : null, clip: null, flags: 0 };
  };
}

function seriesOf(chart, one, at, view, bases, hidden) {
  const shown = { label: one.name, scale: one.panel, show: !hidden.has(at), pxAlign: 0, points: { show: false } };
  const colour = view.hue(one.colour);
  if (one.kind === "dots") return Object.assign(shown, { paths: () => null, width: 0 });
  if (one.kind === "bars")
    return Object.assign(shown, { paths: standing(one), fill: () => filling(one, view), stroke: colour, width: one.days ? 0.6 * view.k : 0 });
  const dash = (DASHES[one.dash] || []).map((each) => each * view.k);
  Object.assign(shown, { stroke: colour, width: one.width * view.k, dash, spanGaps: false });
  if (one.marked) shown.points = { show: true, size: 6 * view.k, fill: colour };
  const zero = one.fill === "zero" && !(chart.log && one.panel === "y") ? 0 : null;
  return Object.assign(shown, { fill: () => filling(one, view), paths: lineOf(one, bases[at] || zero) });
}

// ---- the whole ----------------------------------------------------------------------------------------------------

function hooksOf(chart, panels, hidden) {
  const ribboned = chart.bands.some((band) => band.at === "head");
  return {
    drawClear: [(u) => shade(u, chart.bands)],
    drawAxes: [(u) => { zeros(u, chart, panels); u.ctx.lineJoin = "bevel"; }],
    drawSeries: [(u, at) => chart.series[at - 1].kind === "dots" && clipped(u, () => dotted(u, chart.series[at - 1]))],
    draw: [(u) => {
      mark(u, chart.bands);
      name(u, chart.labels, ribboned);
      title(u, panels);
      for (const panel of panels) if (panel.axis.rows) rows(u, panel);
      numbers(u, chart.series.filter((one, k) => one.written && !hidden.has(k)));
    }],
  };
}

function paddingOf(chart, view) {
  const labelled = chart.labels.some((label) => !label.wide || !view.narrow);
  const ribboned = chart.bands.some((band) => band.at === "head");
  return [(6 + (labelled ? 12 : 0) + (ribboned ? HEAD : 0)) * view.k, 12 * view.k, 0, 0];
}

// Returns the library's options and columns for a figure; `more` are options of the page, such as its cursor.
function plotOf(chart, { width, height, k, hue, family, span, hidden }, more) {
  const view = look(width, k, hue, family), panels = panelsOf(chart);
  const columns = table(chart.series), stacks = stacked(columns, chart.series, hidden);
  const bases = chart.series.map((one, at) => (one.fill === "before" ? columns[at] : stacks[at + 1].base));
  const hooks = hooksOf(chart, panels, hidden);
  const scales = { x: { time: false, range: (u, low, high) => [low, high], min: span[0], max: span[1] } };
  for (const panel of panels) scales[panel.name] = scaleOf(panel, panel.log);
  const options = Object.assign({
    width: width * k, height: height * k, scales, legend: { show: false }, padding: paddingOf(chart, view),
    series: [{}, ...chart.series.map((one, at) => seriesOf(chart, one, at, view, bases, hidden))],
    axes: [acrossAxis(chart, view), ...valueAxes(panels, view)],
  }, more);
  options.hooks = Object.assign({ init: [(u) => Object.assign(u, { look: view, panels, raw: columns })] }, hooks);
  for (const [name, each] of Object.entries(more.hooks || {})) options.hooks[name] = [...(options.hooks[name] || []), ...each];
  return { options, columns: stacks.map((one) => one.column) };
}
