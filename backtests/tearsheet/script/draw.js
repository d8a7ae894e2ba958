// Draws one figure with uPlot: its scales, axes, series and what stands around them. Knows nothing of the page.
// All panels of a figure share one canvas and one horizontal axis: the scale of each is stretched so that its values
// fill its own part of the height.
const WIDE = 620; // CSS pixels from which on titles beside the axes and labels above the bands fit
const LONG = 16; // characters from which on the names of rows do not fit beside a narrow plot
const GAP = 5;
const FOOT = 7; // CSS pixels of the strip at the foot
const HEAD = 9; // and of the ribbon above
const DASHES = { dash: [7, 4], dot: [2, 3], dashdot: [8, 3, 2, 3], longdash: [11, 4], longdashdot: [11, 3, 2, 3] };
const ruler = document.createElement("canvas").getContext("2d");

// How a figure is drawn: `hue` turns a colour of the theme into one; `k` is canvas pixels a CSS pixel beyond the screen's.
function look(width, k, hue, family) {
  const narrow = width < WIDE, size = narrow ? 11 : 12;
  return {
    k, hue, narrow,
    font: (weight, px) => weight + " " + Math.round((px || size) * k) + "px " + family,
    wide(words, px) {
      ruler.font = (px || size) + "px " + family;
      return ruler.measureText(words).width * k;
    },
    line: size * 1.25 * k,
  };
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
  const widths = [];
  return panels.map((panel, at) => ({
    scale: panel.name, side: 3, font: view.font("400"), stroke: view.hue("--ink"), gap: GAP * view.k,
    grid: { stroke: view.hue("--rule"), width: panel.axis.rows ? 0 : view.k, show: !panel.axis.rows },
    ticks: { show: false }, border: { show: false },
    splits: (u) => ticksOf(u, panel),
    values: (u, splits) => {
      const named = panel.axis.rows;
      const words = !aside(panel, view) ? splits.map(() => "") : named ? named.names : splits.map((x) => ticked(x, panel.axis));
      widths[at] = Math.max(0, ...words.map((one) => view.wide(one) * (named ? 1.06 : 1)));
      return named ? words.map((one, k) => (k === named.marked ? "" : one)) : words;
    },
    // The library sets axes side by side; these stand above each other, so that the last one takes the width of all.
    size: () => (at < panels.length - 1 ? 0 : Math.max(...widths) + (GAP + 3 + (titled(panels, view) ? 18 : 0)) * view.k),
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

// Names below a chart: on as many lines as they need; numbers that do not fit are thinned out, words stand upright.
function namesBelow(names, room, view) {
  const lines = names.map((name) => wrapped(name, room - 4 * view.k, view));
  if (lines.every((each) => each.length <= 3 && each.every((line) => view.wide(line) <= room - 2 * view.k)))
    return { words: lines.map((each) => each.join("\n")), tall: Math.max(...lines.map((each) => each.length)) * view.line, turn: 0 };
  const most = Math.max(...names.map((name) => view.wide(name)));
  if (!names.every((name) => /^[^A-Za-z]*$/.test(name))) return { words: names, tall: most, turn: 90 };
  const every = Math.ceil((most + 8 * view.k) / room);
  return { words: names.map((name, k) => (k % every ? "" : name)), tall: view.line, turn: 0 };
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
function patterned(colour, shape, ink, k, strong) {
  const ratio = k * uPlot.pxRatio, size = Math.round((strong ? 6 : 8) * ratio);
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

// The area between a line and what it stands on.
function between(top, base) {
  const along = uPlot.paths.linear();
  return (u, at, from, to) => {
    const paths = along(u, at, from, to), data = u.data[at], fill = new Path2D();
    const { key } = u.scales[u.series[at].scale];
    const back = [];
    for (let k = from; k <= to; k++) {
      if (data[k] == null || base[k] == null) continue;
      const x = u.valToPos(u.data[0][k], "x", true);
      fill[back.length ? "lineTo" : "moveTo"](x, u.valToPos(data[k], key, true));
      back.push([x, u.valToPos(base[k], key, true)]);
    }
    for (const [x, y] of back.reverse()) fill.lineTo(x, y);
    return Object.assign(paths, { fill });
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
  const shown = { label: one.name, scale: one.panel, show: !hidden.has(at), points: { show: false } };
  const colour = view.hue(one.colour);
  if (one.kind === "dots") return Object.assign(shown, { paths: () => null, width: 0 });
  if (one.kind === "bars")
    return Object.assign(shown, { paths: standing(one), fill: () => filling(one, view), stroke: colour, width: one.days ? 0.6 * view.k : 0 });
  const dash = (DASHES[one.dash] || []).map((each) => each * view.k);
  Object.assign(shown, { stroke: colour, width: one.width * view.k, dash, spanGaps: false });
  if (one.marked) shown.points = { show: true, size: 6 * view.k, fill: colour };
  if (one.step) shown.paths = uPlot.paths.stepped({ align: 1 });
  if (one.fill === "zero" && !(chart.log && one.panel === "y")) Object.assign(shown, { fill: colour && view.hue(one.fill_colour), fillTo: 0 });
  if (bases[at]) Object.assign(shown, { fill: filling(one, view), paths: between(one, bases[at]) });
  return shown;
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
  u.ctx.moveTo(x0, y0);
  u.ctx.lineTo(x1, y1);
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
    if (band.mark && from >= left && from <= right) straight(u, from, head, from, band.at === "head" ? top : foot, band.colour, 1, [1, 2]);
    if (band.at !== "foot" || to < left || from > right) continue;
    u.ctx.fillStyle = u.look.hue(band.colour);
    u.ctx.fillRect(Math.max(from, left), foot - FOOT * px, Math.min(to, right) - Math.max(from, left), FOOT * px);
  }
}

function write(u, words, x, y, { align = "left", base = "alphabetic", weight = "400", px = 10, colour = "--muted", turn = 0 } = {}) {
  const { ctx } = u, [, size, rest] = u.look.font(weight, px).match(/(\d+)px (.*)/);
  ctx.save();
  ctx.font = weight + " " + size * uPlot.pxRatio + "px " + rest;
  ctx.fillStyle = u.look.hue(colour);
  ctx.textAlign = align;
  ctx.textBaseline = base;
  ctx.translate(x, y);
  ctx.rotate(turn);
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
    if (!beside) write(u, words, left, y - 9 * px, { px: 11, colour, weight });
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
  const places = one.x.map((x, k) => [u.valToPos(x, "x", true), u.valToPos(one.y[k], one.panel, true)]);
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

function numbers(u, one) {
  const { px } = box(u);
  one.y.forEach((y, k) => {
    if (y == null) return;
    const [left, right] = sides(one, one.x[k]).map((x) => u.valToPos(x, "x", true));
    const at = u.valToPos(y, one.panel, true) + (y < 0 ? 3 : -3) * px;
    const words = formatted(one.written, y), room = right - left;
    if (u.look.wide(words, 10) * uPlot.pxRatio > room * 1.3) return;
    write(u, words, (left + right) / 2, at, { align: "center", base: y < 0 ? "top" : "bottom", px: 10, colour: "--ink" });
  });
}

// ---- the whole ----------------------------------------------------------------------------------------------------

function hooksOf(chart, panels, hidden) {
  const ribboned = chart.bands.some((band) => band.at === "head");
  return {
    drawClear: [(u) => shade(u, chart.bands)],
    drawAxes: [(u) => zeros(u, chart, panels)],
    drawSeries: [(u, at) => chart.series[at - 1].kind === "dots" && clipped(u, () => dotted(u, chart.series[at - 1]))],
    draw: [(u) => {
      mark(u, chart.bands);
      name(u, chart.labels, ribboned);
      title(u, panels);
      for (const panel of panels) if (panel.axis.rows) rows(u, panel);
      chart.series.forEach((one, k) => one.written && !hidden.has(k) && numbers(u, one));
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
  options.hooks = Object.assign({ init: [(u) => Object.assign(u, { look: view, panels, raw: columns })] }, hooks, more.hooks);
  return { options, columns: stacks.map((one) => one.column) };
}
