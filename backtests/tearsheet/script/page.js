// Draws the charts of a page from the data in it and answers to its reader: no network, no clock, nothing random.
const PRINT_WIDTH = 680; // CSS pixels: fits A4 and Letter upright with the style sheet's margins
const PRINTED = { share: 0.6, less: 22 }; // of the height on a screen, as in the style sheet
const SLICE = 80; // milliseconds of drawing after which the page answers first
const POINTS = 12; // lines up to which each has a point under the cursor
const root = document.documentElement;
const dark = window.matchMedia("(prefers-color-scheme: dark)");
const coarse = window.matchMedia("(pointer: coarse)").matches;
const charts = [];
let zoom = null; // [first, last] in milliseconds, null for all
let printing = false;

const shared = calendars(JSON.parse(document.getElementById("calendars").textContent));

// Colours are names of the style sheet, so that light, dark and print have one source.
const theme = { style: getComputedStyle(root), known: new Map() };
function hue(name) {
  if (!name.startsWith("--")) return name;
  if (!theme.known.has(name)) theme.known.set(name, theme.style.getPropertyValue(name).trim());
  return theme.known.get(name);
}

// A chart is opened when it is first drawn: the first on the page need not wait for the last.
function chartOf(one) {
  return one.figure || (one.figure = opened(JSON.parse(one.script.textContent), shared));
}

function spanOf(one) {
  return (one.figure.timed ? zoom : one.own) || full(one.figure, shared);
}

// ---- drawing ------------------------------------------------------------------------------------------------------

function drawn(one, { width, height, k }, more) {
  const { options, columns } = plotOf(
    chartOf(one),
    { width, height, k, hue, family: hue("--font"), span: spanOf(one), hidden: one.hidden },
    more
  );
  return new uPlot(options, columns);
}

// A chart is drawn before it is put into the page: writing on a canvas inside would have the page styled each time.
function draw(one) {
  const figure = chartOf(one);
  if (one.plot) one.plot.destroy();
  const counted = figure.series.filter((line) => line.kind === "line").length;
  const points = (u, at) => counted <= POINTS && dotOf(figure.series[at - 1]);
  const more = {
    cursor: {
      x: figure.across.kind !== "names" && !figure.panels.y.rows, y: false, points: { show: points, size: 7 },
      drag: { x: movable(figure) && !coarse, y: false, setScale: false, dist: 5 },
      bind: { dblclick: () => () => span(one, null) },
    },
    hooks: {
      setCursor: [(u) => tell(one, u)],
      setSelect: [(u) => chosen(one, u)],
      draw: [() => { if (one.node.dataset.drawn) say(one); }],
      ready: [(u) => placed.push([one, u])],
    },
  };
  one.plot = drawn(one, Object.assign({ k: 1 }, one.size), more);
}

// What has been drawn takes the place of the still pictures, all at once.
const placed = [];
function put() {
  for (const [one, plot] of placed.splice(0)) {
    one.node.replaceChildren(plot.root);
    one.node.dataset.drawn = "yes";
  }
}

// What a chart shows, for whoever cannot read a canvas; at first when all are drawn, as it takes time to put into words.
function say(one) {
  const { figure, plot } = one, { min, max } = plot.scales.x;
  const span = figure.dated ? dayOf(min) + " " + dayOf(max) : min + " " + max;
  const across = figure.dated ? span.replace(" ", " to ") : figure.across.title || "";
  const axes = plot.panels.map((panel) => [panel.axis.title, ticksOf(plot, panel).map((x) => ticked(x, panel.axis)).join(", ")]);
  const upwards = plot.panels.some((panel) => panel.axis.rows) ? [] : axes.map(([title, ticks]) => (title ? title + ": " : "") + ticks);
  Object.assign(one.node.dataset, { span, scale: figure.log ? "log" : "linear" });
  one.node.setAttribute("aria-description", [across, ...upwards].filter(Boolean).join("; "));
}

function dotOf(series) {
  if (series.kind !== "line" || series.quiet || series.stack) return null;
  return document.createElement("div");
}

function chosen(one, u) {
  if (!u.select.width) return;
  const ends = [u.select.left, u.select.left + u.select.width].map((x) => u.posToVal(x, "x"));
  u.setSelect({ left: 0, width: 0 }, false);
  const unit = one.figure.dated ? DAY : 1; // whole days, or whole sessions
  const [first, last] = ends.map((x) => Math.round(x / unit));
  span(one, [first * unit, Math.max(last, first + 1) * unit]);
}

// Names and rows are all in sight, always.
function movable(figure) {
  return figure.across.kind !== "names" && !figure.across.range;
}

// A span that was chosen on a chart: all charts over the run's time share it, any other has its own.
function span(one, chosen) {
  if (one.figure.timed) return show(chosen);
  one.own = chosen;
  const [min, max] = spanOf(one);
  if (movable(one.figure)) one.plot.setScale("x", { min, max });
}

function show(span) {
  zoom = span;
  hide();
  for (const one of charts) {
    if (!one.plot || !one.figure.timed) continue;
    const [min, max] = spanOf(one);
    one.plot.setScale("x", { min, max });
  }
  const pressed = span ? span.map(dayOf).join("/") : "";
  press("[data-zoom]", (button) => button.dataset.zoom === pressed);
}

function press(selector, isOn) {
  for (const button of document.querySelectorAll(selector)) button.setAttribute("aria-pressed", String(isOn(button)));
}

// All charts are as wide as the page, and as high as the style sheet says. A chart far from sight is not laid out, and
// asking for its own size would have it laid out.
function measure() {
  const wide = document.querySelector("main").clientWidth;
  const [share, less] = ["--tall", "--less"].map((name) => parseFloat(theme.style.getPropertyValue(name)));
  for (const one of charts) one.size = { width: wide, height: Math.round(one.node.dataset.height * share - less) };
}

function redraw() {
  theme.known.clear();
  measure();
  for (const one of charts) if (one.plot) draw(one); // all others are drawn in their turn
  queueMicrotask(put);
}

// ---- tooltip ------------------------------------------------------------------------------------------------------

const tip = document.createElement("div");
tip.className = "tip";
tip.hidden = true;
document.body.append(tip);

function hide() {
  if (!tip.hidden) tip.hidden = true;
  tip.said = null;
}

function heading(figure, at, x) {
  if (figure.dated) return spoken(x);
  if (figure.across.kind === "names") return figure.across.names[at];
  return ticked(x, {}) + " " + figure.across.title;
}

// The row of each series that has one at a place; a line that ends before it, or begins after, has none.
function rowsAt(one, u, at) {
  const found = [];
  one.figure.series.forEach((series, k) => {
    if (series.quiet || one.hidden.has(k)) return;
    const mine = series.kind === "dots" ? nearest(one.figure, series, u) : u.cursor.idxs[k + 1];
    if (mine == null) return;
    if (series.kind === "dots") return found.push({ colour: series.colour, words: series.said[mine], values: [] });
    const column = u.raw[k + 1], value = column[mine];
    if (value == null || (mine !== at && (outside(column, at, -1) || outside(column, at, 1)))) return;
    // What belongs together, such as a run's growth and its lead below, is one row.
    const together = series.group && found.find((row) => row.group === series.group);
    if (together) together.values.push(formatted(series.hover, value));
    else found.push({ group: series.group, colour: series.colour, words: series.name, values: [formatted(series.hover, value)] });
  });
  return found;
}

function outside(column, at, step) {
  for (let k = at; k >= 0 && k < column.length; k += step) if (column[k] !== undefined) return false;
  return true;
}

// Of dots in rows, the one whose row the cursor is in; of dots over names, the one over the name.
function nearest(figure, series, u) {
  if (figure.across.kind === "names") return u.cursor.idx;
  const y = u.posToVal(u.cursor.top, series.panel);
  const k = series.y.findIndex((place) => Math.abs(place - y) <= 0.5);
  return k < 0 ? null : k;
}

function tell(one, u) {
  const at = u.cursor.idx;
  if (at == null || u.cursor.left < 0) return hide();
  const found = rowsAt(one, u, at);
  if (!found.length) return hide();
  const head = one.figure.panels.y.rows ? "" : heading(one.figure, at, u.data[0][at]);
  const said = head + found.map((row) => row.words + row.values).join();
  if (tip.said !== said) fill(head, found);
  tip.said = said;
  place(u);
}

function element(tag, words, name) {
  const made = document.createElement(tag);
  made.textContent = words; // never HTML: a name is a reader's own
  if (name) made.className = name;
  return made;
}

function fill(head, found) {
  tip.classList.toggle("many", found.length > 16);
  const list = found.map((row) => {
    const line = element("p", "");
    const colour = element("i", "");
    colour.style.background = hue(row.colour);
    line.append(colour, element("span", row.words));
    for (const value of row.values) line.append(element("b", value));
    return line;
  });
  tip.replaceChildren(...(head ? [element("p", head, "head")] : []), ...list);
  tip.hidden = false;
}

function place(u) {
  const around = u.over.getBoundingClientRect(), wide = tip.offsetWidth, tall = tip.offsetHeight;
  const x = around.left + u.cursor.left, y = around.top + u.cursor.top;
  const left = x + 16 + wide < root.clientWidth ? x + 16 : x - 16 - wide;
  tip.style.left = Math.max(4, Math.min(left, root.clientWidth - wide - 4)) + "px";
  tip.style.top = Math.max(4, Math.min(y - tall / 2, window.innerHeight - tall - 4)) + "px";
}

// ---- buttons ------------------------------------------------------------------------------------------------------

function of(button) {
  return charts.find((one) => one.node.id === "chart-" + button.dataset.chart);
}

function scale(button) {
  const one = of(button);
  chartOf(one).log = button.dataset.scale === "log";
  draw(one);
  queueMicrotask(put);
  press('[data-scale][data-chart="' + button.dataset.chart + '"]', (each) => each === button);
}

// A name in the legend hides what it names, and shows it again.
function toggle(button) {
  const one = of(button), figure = chartOf(one), at = Number(button.dataset.series), group = figure.series[at].group;
  const on = button.getAttribute("aria-pressed") !== "true";
  figure.series.forEach((series, k) => {
    if (k === at || (group && series.group === group)) one.hidden[on ? "delete" : "add"](k);
  });
  button.setAttribute("aria-pressed", String(on));
  draw(one);
  queueMicrotask(put);
}

let early = []; // buttons that were pressed before the browser had read their chart
document.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  if (!whole) gather(); // a chart may have come into the page since
  const { scale: scaled, zoom: asked, series, save: saved, chart } = button.dataset;
  if (chart && !of(button)) early.push(button);
  else if (scaled) scale(button);
  else if (series !== undefined) toggle(button);
  else if (saved !== undefined) save(of(button));
  else if (asked !== undefined) show(asked ? asked.split("/").map(Date.parse) : null);
});
window.addEventListener("scroll", hide, { passive: true });

// ---- pictures: for print and to keep ------------------------------------------------------------------------------

// A drawing of its own at another size, `sharp` canvas pixels a CSS pixel; it is drawn when the script ends.
function picture(one, size, sharp) {
  const plot = drawn(one, Object.assign({ k: sharp / window.devicePixelRatio }, size), { cursor: { show: false } });
  return plot.ctx.canvas;
}

const SHARP = 2, PAD = 12, ROW = 18; // of a saved picture: canvas pixels a CSS pixel, its margin, a line of words

// A chart as a file: its caption, stamps and names above it, as on the page.
function save(one) {
  const drawing = picture(one, one.size, SHARP);
  queueMicrotask(() => {
    const canvas = document.createElement("canvas"), pen = canvas.getContext("2d"), { width, height } = one.size;
    const figure = chartOf(one), caption = lines(pen, one.node.getAttribute("aria-label"), width), names = keys(pen, shown(one), width);
    const tall = PAD + ROW * (caption.length + names.length + (figure.stamp ? 1 : 0)) + 8;
    [canvas.width, canvas.height] = [(width + 2 * PAD) * SHARP, (height + tall + PAD) * SHARP];
    pen.scale(SHARP, SHARP);
    pen.fillStyle = hue("--paper");
    pen.fillRect(0, 0, canvas.width, canvas.height);
    const y = headed(pen, caption, figure.stamp);
    names.forEach((line, k) => line.forEach(([x, words, series]) => keyed(pen, words, series, PAD + x, y + k * ROW)));
    pen.drawImage(drawing, PAD, tall - 6, width, height);
    const link = document.createElement("a");
    Object.assign(link, { href: canvas.toDataURL("image/png"), download: figure.name + ".png" });
    link.click();
  });
}

// The names in a chart's legend whose series are shown, with these.
function shown(one) {
  const buttons = [...one.node.parentNode.querySelectorAll(".legend [data-series]")];
  const on = buttons.filter((each) => each.getAttribute("aria-pressed") === "true");
  return on.map((each) => [each.textContent.trim(), chartOf(one).series[Number(each.dataset.series)]]);
}

function inked(pen, words, x, y, font, colour) {
  pen.font = font + " " + hue("--font");
  pen.fillStyle = hue(colour);
  pen.fillText(words, x, y);
}

function headed(pen, caption, stamp) {
  let y = PAD + 10;
  for (const line of caption) {
    inked(pen, line, PAD, y, "600 13px", "--ink");
    y += ROW;
  }
  if (!stamp) return y;
  inked(pen, stamp, PAD, y, "700 11px", "--stamp");
  return y + ROW;
}

// A name with what its series looks like: a line with its dash, or a box with its pattern.
function keyed(pen, words, series, x, y) {
  const lined = series.kind === "line" && !series.stack && series.fill !== "before";
  pen.fillStyle = lined ? "transparent" : filling(series, { hue, k: 1 / window.devicePixelRatio });
  pen.fillRect(x, y - 9, 22, 9);
  pen.beginPath();
  pen.strokeStyle = hue(series.colour);
  pen.lineWidth = lined ? 2 : 0.5;
  pen.setLineDash(lined ? DASHES[series.dash] || [] : []);
  if (lined) { pen.moveTo(x, y - 4); pen.lineTo(x + 22, y - 4); } else pen.rect(x, y - 9, 22, 9);
  pen.stroke();
  inked(pen, words, x + 27, y, "400 12px", "--ink");
}

function lines(pen, words, width) {
  pen.font = "600 13px " + hue("--font");
  const found = [""];
  for (const word of words.split(" ")) {
    const longer = (found[found.length - 1] + " " + word).trim();
    if (pen.measureText(longer).width <= width) found[found.length - 1] = longer;
    else found.push(word);
  }
  return found;
}

function keys(pen, names, width) {
  pen.font = "400 12px " + hue("--font");
  const found = [];
  let x = Infinity;
  for (const [words, series] of names) {
    const wide = 44 + pen.measureText(words).width;
    if (x + wide > width) { found.push([]); x = 0; }
    found[found.length - 1].push([x, words, series]);
    x += wide;
  }
  return found;
}

// A canvas keeps the size it was drawn at, so charts are drawn anew for the page first: light, sharp, at its width.
function print() {
  printing = true;
  root.dataset.theme = "light";
  theme.known.clear();
  hide();
  for (const one of charts) {
    const height = Math.round(one.node.dataset.height * PRINTED.share - PRINTED.less);
    const canvas = picture(one, { width: PRINT_WIDTH, height }, 3);
    Object.assign(canvas.style, { display: "block", width: PRINT_WIDTH + "px", height: height + "px" });
    one.node.replaceChildren(canvas);
    one.node.dataset.printed = String(PRINT_WIDTH);
  }
}

function unprint() {
  printing = false;
  delete root.dataset.theme;
  theme.known.clear();
  for (const one of charts) {
    delete one.node.dataset.printed;
    if (one.plot) one.node.replaceChildren(one.plot.root);
  }
}

window.addEventListener("beforeprint", print);
window.addEventListener("afterprint", unprint);
dark.addEventListener("change", () => { if (!printing) redraw(); });
let width = window.innerWidth;
window.addEventListener("resize", () => {
  if (printing || window.innerWidth === width) return;
  width = window.innerWidth;
  hide();
  redraw();
});

// ---- opening ------------------------------------------------------------------------------------------------------

// The script stands behind the first section with a chart, which is drawn while the browser still reads the others: the
// page is shown first, then what is in sight is drawn, then the rest in order; the page answers in between.
const near = new Set();
let begun = 0, whole = false;
const watch = new IntersectionObserver((seen) => {
  for (const { target, isIntersecting } of seen) near[isIntersecting ? "add" : "delete"](charts.find((one) => one.node === target));
  if (!begun) next();
});

// Takes in the charts that the browser has read.
function gather() {
  for (const script of [...document.querySelectorAll("script.chart-data")].slice(charts.length)) {
    const one = { node: document.getElementById(script.dataset.chart), script, hidden: new Set(), own: null };
    charts.push(one);
    watch.observe(one.node);
  }
  if (begun) measure();
  const ready = early.filter(of);
  early = early.filter((button) => !of(button));
  for (const button of ready) button.click();
}

// The library draws when the script has ended, so one chart is begun at a time.
async function next() {
  begun = performance.now();
  measure();
  for (let left = charts; (left = charts.filter((one) => !one.plot)).length || !whole; ) {
    if (left.length) {
      draw(left.find((one) => near.has(one)) || left[0]);
      await null;
      if (left.length > 1 && performance.now() - begun < SLICE) continue;
    }
    put();
    await new Promise((done) => setTimeout(done));
    begun = performance.now();
  }
  put();
  watch.disconnect();
  for (const one of charts) say(one);
  root.dataset.ready = "yes";
}

gather();
if (performance.getEntriesByType("paint").length) next(); // the page is seen already, so nobody waits for it
document.addEventListener("DOMContentLoaded", () => {
  const before = begun && charts[0].size.width;
  gather();
  whole = true;
  // A page that has become longer than the window has a scroll bar, and is narrower.
  if (before && before !== charts[0].size.width) redraw();
  if (zoom) show(zoom);
});
