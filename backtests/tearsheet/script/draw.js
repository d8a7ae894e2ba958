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

// A line through its places, and the area between it and what it stands on, `base`: a value, or one for each place.
function lineOf(one, base) {
  return (u, at, from, to) => {
    const stroke = new Path2D(), fill = base === null ? null : new Path2D(), whole = base !== null && typeof base !== "number";
    const x = u.data[0], y = u.data[at], across = along(u, "x"), up = along(u, u.series[at].scale);
    let first = -1, last = -1, height = 0, places = [];
    const place = (k) => {
      const left = across(x[k]), top = up(y[k]), name = first < 0 ? "moveTo" : "lineTo";
      if (one.step && first >= 0) stroke.lineTo(left, height);
      stroke[name](left, top);
      if (fill) fill[name](left, top);
      if (whole) places.push(k);
      if (first < 0) first = k;
      [last, height] = [k, top];
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

// ---- what stands around the series --------------------------------------------------------------------------------

function box(u) {
  const { left, top, width, height } = u.bbox;
  return { left, top, width, height, right: left + width, foot: top + height, px: u.look.k * uPlot.pxRatio };
}

function clipped(u, work) {
  const { left, top, width, height } = box(u);
  u.ctx.save();
  u.ctx.beginPath();
  u.ctx.rect(left, top, width, height);
  u.ctx.clip();
  work();
  u.ctx.restore();
}

// Shaded spans below the series.
function shade(u, bands) {
  const { top, height, left, right, px } = box(u);
  for (const band of bands) {
    if (band.mark || band.at === "foot") continue;
    const from = Math.max(left, u.valToPos(band.from, "x", true)), to = Math.min(right, u.valToPos(band.to, "x", true));
    if (to <= from) continue;
    u.ctx.fillStyle = u.look.hue(band.colour);
    if (band.at === "head") u.ctx.fillRect(from, top - (HEAD + 1) * px, to - from, HEAD * px);
    else u.ctx.fillRect(from, top, to - from, height);
  }
}

function straight(u, x0, y0, x1, y1, colour, width, dash) {
  const { px } = box(u);
  u.ctx.save();
  u.ctx.beginPath();
  u.ctx.strokeStyle = u.look.hue(colour);
  u.ctx.lineWidth = width * px;
  u.ctx.setLineDash((dash || []).map((each) => each * px));
  // Upright and level lines stand on whole pixels, else they are pale.
  const [across, down] = [x0 === x1, y0 === y1].map((same) => (same ? (at) => Math.round(at) + (Math.round(width * px) % 2) / 2 : (at) => at));
  u.ctx.moveTo(across(x0), down(y0));
  u.ctx.lineTo(across(x1), down(y1));
  u.ctx.stroke();
  u.ctx.restore();
}

// The lines at zero, over the grid and under the series.
function zeros(u, chart, panels) {
  const { left, right, top, foot } = box(u);
  for (const { name, axis, log, low, high, zero } of panels) {
    if (log || axis.rows || !(axis.zero_line || zero) || low > 0 || high < 0) continue;
    const y = u.valToPos(0, name, true);
    straight(u, left, y, right, y, "--rule-strong", 1);
  }
  const { min, max } = u.scales.x;
  if (!chart.across.zero_line || min > 0 || max < 0) return;
  const x = u.valToPos(0, "x", true);
  straight(u, x, top, x, foot, "--rule-strong", chart.panels.y.rows ? 2 : 1);
}

// Marks and the strip at the foot, over the series.
function mark(u, bands) {
  const { left, right, top, foot, px } = box(u);
  for (const band of bands) {
    const from = u.valToPos(band.from, "x", true), to = u.valToPos(band.to, "x", true);
    const head = band.at === "head" ? top - (HEAD + 1) * px : top;
    if (band.mark && from >= left && from <= right) straight(u, from, head, from, band.at === "head" ? top : foot, band.colour, 1, [2, 2]);
    if (band.at !== "foot" || to < left || from > right) continue;
    u.ctx.fillStyle = u.look.hue(band.colour);
    u.ctx.fillRect(Math.max(from, left), foot - FOOT * px, Math.min(to, right) - Math.max(from, left), FOOT * px);
  }
}

function write(u, words, x, y, { align = "left", base = "alphabetic", weight = "400", px = 10, colour = "--muted", turn = 0 } = {}) {
  const { ctx, look: view } = u;
  ctx.save();
  ctx.font = view.font(weight, px * uPlot.pxRatio);
  ctx.fillStyle = view.hue(colour);
  ctx.textAlign = align;
  ctx.textBaseline = base;
  ctx.translate(x, y);
  if (turn) ctx.rotate(turn);
  ctx.fillText(words, 0, 0);
  ctx.restore();
}

// Years and numbers above the panels. A year that would touch the one before is left out, a number makes room.
function name(u, labels, ribboned) {
  const { left, right, top, px } = box(u), y = top - (ribboned ? HEAD + 4 : 4) * px;
  let taken = -Infinity;
  const placed = labels.map((label) => ({ label, x: u.valToPos(label.at, "x", true) }));
  for (const { label, x } of placed.sort((a, b) => a.x - b.x)) {
    if (x < left - 1 || x > right + 1 || (label.wide && u.look.narrow)) continue;
    const width = u.look.wide(label.text, 10) * uPlot.pxRatio;
    let from = label.bold ? x - width / 2 : label.side === "right" ? x - width : x;
    if (from < taken + 3 * px && !label.bold) continue;
    from = Math.min(Math.max(from, taken + 3 * px), box(u).right + 10 * px - width);
    write(u, label.text, from, y, { weight: label.bold ? "700" : "400" });
    taken = from + width;
  }
}

// Titles of value axes, each beside its panel; where there is no room for them the caption says what is shown.
function title(u, panels) {
  if (!titled(panels, u.look)) return;
  const { top, height, px } = box(u);
  for (const { axis, foot, head } of panels)
    write(u, axis.title, 11 * px, top + height * (1 - (foot + head) / 2), { align: "center", px: 11, turn: -Math.PI / 2 });
}

// Names of rows that the axis does not write: above each row where there is no room beside it, and in bold the one that
// the others are measured from.
function rows(u, panel) {
  const { at, names, marked } = panel.axis.rows, { left, px } = box(u), beside = aside(panel, u.look);
  names.forEach((words, k) => {
    const y = u.valToPos(at[k], panel.name, true), weight = k === marked ? "700" : "400", colour = "--ink";
    if (!beside) write(u, words, left, y - 10 * px, { px: 11, colour, weight });
    else if (k === marked) write(u, words, left - GAP * px, y, { px: u.look.narrow ? 11 : 12, colour, weight, align: "right", base: "middle" });
  });
}

// ---- dots, intervals and numbers at bars' ends --------------------------------------------------------------------

const SIGNS = {
  circle: (pen, x, y, r) => pen.arc(x, y, r, 0, 7),
  diamond: (pen, x, y, r) => { pen.moveTo(x, y - r); pen.lineTo(x + r, y); pen.lineTo(x, y + r); pen.lineTo(x - r, y); pen.closePath(); },
  square: (pen, x, y, r) => pen.rect(x - r, y - r, 2 * r, 2 * r),
};

function interval(u, one, k, x, y) {
  const { px } = box(u), flat = one.along === "x";
  const place = (value) => u.valToPos(value, flat ? "x" : one.panel, true);
  const [from, to] = [place(one.low[k]), place(one.high[k])], cap = 4 * px;
  if (flat) straight(u, from, y, to, y, one.colour, 2);
  else straight(u, x, from, x, to, one.colour, 1.5);
  for (const end of [from, to]) {
    if (flat) straight(u, end, y - cap, end, y + cap, one.colour, 2);
    else straight(u, x - cap, end, x + cap, end, one.colour, 1.5);
  }
}

function dotted(u, one) {
  const { px } = box(u), pen = u.ctx;
  const places = Array.from(one.x, (x, k) => [u.valToPos(x, "x", true), u.valToPos(one.y[k], one.panel, true)]);
  if (one.joined) for (let k = 1; k < places.length; k++) straight(u, ...places[k - 1], ...places[k], one.colour, 1.8);
  places.forEach(([x, y], k) => {
    if (one.low) interval(u, one, k, x, y);
    const sign = one.signs ? one.signs[k] : one.sign, open = sign === "square";
    pen.save();
    pen.beginPath();
    SIGNS[sign](pen, x, y, (open ? 5 : sign === "diamond" ? 6 : 5) * px);
    pen.fillStyle = u.look.hue(open ? "--paper" : one.colour);
    pen.strokeStyle = u.look.hue(one.colour);
    pen.lineWidth = 2 * px;
    pen.fill();
    if (open) pen.stroke();
    pen.restore();
  });
}

// Numbers at bars' ends; one that would touch another stands beyond it.
function numbers(u, ones) {
  const { px } = box(u), taken = [];
  for (const one of ones) {
    one.y.forEach((y, k) => {
      if (y === null) return;
      const [left, right] = sides(one, one.x[k]).map((x) => u.valToPos(x, "x", true)), out = y < 0 ? 1 : -1;
      const words = formatted(one.written, y), wide = u.look.wide(words, 10) * uPlot.pxRatio, middle = (left + right) / 2;
      let at = u.valToPos(y, one.panel, true) + 3 * out * px;
      while (taken.some(([x, top, half]) => Math.abs(x - middle) < half + wide / 2 + px && Math.abs(top - at) < 11 * px)) at += 3 * out * px;
      taken.push([middle, at, wide / 2]);
      write(u, words, middle, at, { align: "center", base: y < 0 ? "top" : "bottom", px: 10, colour: "--ink" });
    });
  }
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
