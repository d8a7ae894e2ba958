// What stands around the series of a chart and on it: shading, marks, words, dots with their intervals, numbers.
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
