// Draws the charts of a tearsheet from the data in the page: no network, no clock, nothing random.
(function () {
  "use strict";
  const DAY = 864e5;
  const PRINT_WIDTH = 680; // CSS pixels: fits A4 and Letter upright with the style sheet's margins
  const WIDE = 620; // from this width on, labels above the bands fit
  const LONG = 16; // characters from which on the names of rows do not fit beside a narrow plot
  const root = document.documentElement;
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const coarse = window.matchMedia("(pointer: coarse)").matches;
  const charts = [];
  let zoom = null; // [first, last] in milliseconds, null for all
  let printing = false;

  function days(steps) {
    let day = 0;
    return steps.map((step) => (day += step) * DAY);
  }

  const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const CODES = new Int8Array(128).fill(-1);
  for (let k = 0; k < 64; k++) CODES[ALPHABET.charCodeAt(k)] = k;

  // A column as packing.py wrote it: steps of whole units, five bits a character, a gap where there is no value.
  function values(column) {
    const { base, unit, steps, ratio } = column, found = [];
    const scale = unit < 1 ? Math.round(1 / unit) : 0; // a quotient of whole numbers is the nearest decimal
    let place = ratio ? 0 : base, step = 0, shift = 0;
    for (let k = 0; k < steps.length; k++) {
      const code = CODES[steps.charCodeAt(k)];
      if (code < 0) { found.push(NaN); continue; }
      step += (code & 31) * 2 ** shift;
      shift += 5;
      if (code & 32) continue;
      place += step % 2 ? -(step - 1) / 2 : step / 2;
      step = shift = 0;
      found.push(ratio ? base * Math.exp(place * unit) : scale ? place / scale : place * unit);
    }
    return found;
  }

  function calendars(packed) {
    return Object.fromEntries(Object.entries(packed).map(([name, steps]) => [name, days(steps)]));
  }

  const shared = calendars(JSON.parse(document.getElementById("calendars").textContent));

  // Colours are names of the style sheet, so that light, dark and print have one source.
  function themed(value, style) {
    if (typeof value === "string") return value.startsWith("--") ? style.getPropertyValue(value).trim() : value;
    if (Array.isArray(value)) return value.map((item) => themed(item, style));
    if (value === null || typeof value !== "object" || ArrayBuffer.isView(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, themed(item, style)]));
  }

  // A chart is unpacked when it is first drawn: the first on the page need not wait for the last.
  function opened(chart) {
    return chart.data ? chart : Object.assign(chart, unpack(chart.node, JSON.parse(chart.script.textContent)));
  }

  function unpack(node, packed) {
    const own = Object.assign({}, shared, calendars(packed.calendars || {}));
    const data = packed.data.map((trace) =>
      Object.assign({}, trace, { x: own[trace.x] || trace.x, y: trace.y && trace.y.steps !== undefined ? values(trace.y) : trace.y })
    );
    const dated = (packed.layout.xaxis || {}).type === "date";
    // A chart of one cycle keeps its own span when the others are zoomed.
    return Object.assign({}, packed, { node, data, dated, timed: dated && packed.own_span !== true });
  }

  function full(chart) {
    let first = Infinity, last = -Infinity;
    // Charts that are zoomed together show the same span, whatever days their own lines have.
    const columns = chart.data.map((trace) => trace.x).concat(chart.timed ? [shared.period || shared.sessions] : []);
    for (const x of columns) {
      first = Math.min(first, x[0]);
      last = Math.max(last, x[x.length - 1]);
    }
    // One session still needs a span to be drawn in.
    return first < last ? [first, last] : [first - 3 * DAY, last + 3 * DAY];
  }

  // The range of the values on one axis within a span of dates, so that a zoomed line fills its panel.
  function fitted(chart, axis, span, log) {
    let low = Infinity, high = -Infinity;
    for (const trace of chart.data) {
      if ((trace.yaxis || "y") !== axis) continue;
      trace.y.forEach((y, i) => {
        if (chart.dated && (trace.x[i] < span[0] || trace.x[i] > span[1])) return;
        if (!Number.isFinite(y) || (log && y <= 0)) return;
        low = Math.min(low, y);
        high = Math.max(high, y);
      });
      if ((trace.fill === "tozeroy" || trace.type === "bar") && !log) { low = Math.min(low, 0); high = Math.max(high, 0); }
    }
    if (!Number.isFinite(low)) return null;
    if (log) { low = Math.log10(low); high = Math.log10(high); }
    const room = 0.05 * (high - low) || (log ? 0.01 : 0.05 * Math.abs(high) || 1);
    return [low - (low === 0 && !log ? 0 : room), high + (high === 0 && !log ? 0 : room)];
  }

  function axes(chart) {
    const span = (chart.timed && zoom) || full(chart), set = {};
    if (chart.dated) set["xaxis.range"] = spoken(span).split("/");
    for (const key of Object.keys(chart.layout).filter((name) => name.startsWith("yaxis"))) {
      const log = key === "yaxis" && chart.log === true;
      if (key === "yaxis" && chart.log !== null) set["yaxis.type"] = log ? "log" : "linear";
      if (chart.layout[key].range) continue;
      let range = fitted(chart, "y" + key.slice(5), span, log);
      if (range && chart.layout[key].rangemode === "tozero") range = [Math.min(0, range[0]), Math.max(0, range[1])];
      if (range) set[key + ".range"] = range;
      if (key === "yaxis" && chart.log !== null) {
        // On a narrow span 1-2-5 ticks of a log axis would leave none in sight.
        const decades = range ? range[1] - range[0] : 1;
        set["yaxis.dtick"] = log && decades > 0.7 ? "D2" : null;
        set["yaxis.tickmode"] = log && decades > 0.7 ? "linear" : "auto";
      }
    }
    return set;
  }

  function nested(target, flat) {
    for (const [path, value] of Object.entries(flat)) {
      const [key, inner] = path.split(".");
      target[key] = Object.assign({}, target[key], { [inner]: value });
    }
    return target;
  }

  function layoutOf(chart, style, width) {
    const narrow = width < WIDE;
    const height = Math.round(chart.height * (printing ? 0.6 : narrow ? 0.85 : 1));
    chart.node.style.height = height + "px";
    const muted = style.getPropertyValue("--muted").trim();
    const font = { family: style.getPropertyValue("--font").trim(), size: narrow ? 11 : 12, color: style.getPropertyValue("--ink").trim() };
    const layout = Object.assign({}, themed(chart.layout, style), {
      font,
      width,
      height,
      margin: { l: 8, r: 12, t: narrow ? 52 : 56, b: 8, pad: 2 },
      paper_bgcolor: style.getPropertyValue("--paper").trim(),
      plot_bgcolor: style.getPropertyValue("--paper").trim(),
      hovermode: chart.layout.hovermode || "x unified",
      hoversubplots: "axis",
      hoverlabel: {
        bgcolor: style.getPropertyValue("--panel").trim(),
        bordercolor: style.getPropertyValue("--rule-strong").trim(),
        font: { size: 12, color: font.color, family: font.family },
        namelength: -1,
      },
      dragmode: coarse ? false : "zoom",
      showlegend: chart.layout.showlegend !== false,
      legend: { orientation: "h", x: 0, xref: "container", y: 1, yref: "container", yanchor: "top", traceorder: "normal" },
    });
    layout.annotations = (layout.annotations || []).filter((label) => !narrow || label.name !== "wide");
    if (chart.stamp) {
      // A legend in one row takes about so much; a stamp in its last words would hide a name.
      const named = layout.showlegend ? chart.data.filter((trace) => trace.name && trace.showlegend !== false) : [];
      const taken = named.reduce((sum, trace) => sum + 58 + 7 * trace.name.length, 9 * chart.stamp.length + 50);
      const inside = narrow || taken > width;
      layout.annotations.push({
        // Beside the legend where there is room, else inside the plot.
        text: "<b>" + chart.stamp + "</b>", xref: "paper", yref: "paper", yshift: inside ? -4 : 32, xshift: inside ? 0 : -36,
        x: inside ? 0.01 : 1, y: 1, xanchor: inside ? "left" : "right", yanchor: inside ? "top" : "bottom",
        showarrow: false, font: { size: 11, color: style.getPropertyValue("--stamp").trim() },
        bordercolor: style.getPropertyValue("--stamp").trim(), borderwidth: 1, borderpad: 3, bgcolor: style.getPropertyValue("--paper").trim(),
      });
    }
    layout.xaxis = Object.assign({ automargin: true }, layout.xaxis);
    for (const key of Object.keys(layout).filter((name) => name.startsWith("yaxis"))) {
      // Only dates can be dragged: the value axes follow.
      layout[key] = Object.assign({}, layout[key], { fixedrange: true });
      if (narrow && Math.max(0, ...(layout[key].ticktext || []).map((words) => words.length)) > LONG) above(layout, key);
      layout[key].title = Object.assign({}, layout[key].title, narrow ? { text: "" } : { font: { size: 11, color: muted } });
    }
    return nested(layout, axes(chart));
  }

  // Where names beside the rows would leave the plot no room, each stands above its row.
  function above(layout, key) {
    const { tickvals, ticktext } = layout[key];
    const name = { xref: "paper", x: 0, xanchor: "left", yref: "y" + key.slice(5), yanchor: "bottom", yshift: 6, showarrow: false };
    layout.annotations.push(...tickvals.map((y, row) => Object.assign({ y, text: ticktext[row] }, name)));
    layout[key].showticklabels = false;
  }

  function draw(chart) {
    opened(chart);
    const style = getComputedStyle(root);
    if (!chart.node.dataset.drawn) chart.node.replaceChildren(); // the still picture of it
    const width = printing ? PRINT_WIDTH : chart.node.clientWidth;
    const config = {
      displaylogo: false,
      displayModeBar: coarse ? false : "hover",
      modeBarButtons: [["toImage"]],
      toImageButtonOptions: { filename: chart.name, scale: 2 },
      plotlyServerURL: "",
      doubleClick: false,
      scrollZoom: false,
    };
    Plotly.react(chart.node, themed(chart.data, style), layoutOf(chart, style, width), config);
    if (chart.node.dataset.drawn) return;
    chart.node.dataset.drawn = "yes";
    chart.node.on("plotly_relayout", (change) => follow(chart, change));
    chart.node.on("plotly_doubleclick", () => (chart.timed ? show(null) : Plotly.relayout(chart.node, axes(chart))));
  }

  function follow(chart, change) {
    if (printing || !chart.timed) return;
    const span = change["xaxis.range"] || [change["xaxis.range[0]"], change["xaxis.range[1]"]];
    if (change["xaxis.autorange"]) show(null);
    // Our own relayouts come back here too: what is shown already is no news.
    else if (span[0] !== undefined && spoken(span.map(milliseconds)) !== spoken(zoom || full(chart))) show(span.map(milliseconds));
  }

  function spoken(span) {
    return span.map((ms) => new Date(ms).toISOString().slice(0, 10)).join("/");
  }

  function milliseconds(day) {
    return typeof day === "number" ? day : Date.parse(day.replace(" ", "T") + (day.length > 10 ? "Z" : ""));
  }

  function show(span) {
    zoom = span;
    for (const chart of charts) if (chart.node.dataset.drawn && chart.timed) Plotly.relayout(chart.node, axes(chart));
    const chosen = span ? spoken(span) : "";
    press("[data-zoom]", (button) => button.dataset.zoom === chosen);
  }

  function press(selector, isOn) {
    for (const button of document.querySelectorAll(selector)) button.setAttribute("aria-pressed", String(isOn(button)));
  }

  function redraw() {
    for (const chart of charts) draw(chart);
  }

  function scale(button) {
    const chart = charts.find((one) => opened(one).name === button.dataset.chart);
    chart.log = button.dataset.scale === "log";
    Plotly.relayout(chart.node, axes(chart));
    press('[data-scale][data-chart="' + chart.name + '"]', (one) => one === button);
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.dataset.scale) scale(button);
    else if (button.dataset.zoom !== undefined) show(button.dataset.zoom ? button.dataset.zoom.split("/").map(milliseconds) : null);
  });

  // A drawing keeps the width of the screen in print, so charts are laid out for the page first, light.
  window.addEventListener("beforeprint", () => { printing = true; root.dataset.theme = "light"; redraw(); });
  window.addEventListener("afterprint", () => { printing = false; delete root.dataset.theme; redraw(); });
  dark.addEventListener("change", () => { if (!printing) redraw(); });
  let width = window.innerWidth;
  window.addEventListener("resize", () => {
    if (printing || window.innerWidth === width) return;
    width = window.innerWidth;
    redraw();
  });

  for (const script of document.querySelectorAll("script.chart-data")) {
    charts.push({ node: document.getElementById(script.dataset.chart), script });
  }
  // One chart at a time, what is in sight first, so that the page can be read and used while they are drawn.
  const idle = window.requestIdleCallback || ((work) => setTimeout(work, 1));
  const waiting = () => charts.filter((chart) => !chart.node.dataset.drawn);
  const away = (chart) => {
    const box = chart.node.getBoundingClientRect();
    return Math.max(0, box.top - window.innerHeight, -box.bottom);
  };
  (function next() {
    const left = waiting();
    if (!left.length) { root.dataset.ready = "yes"; return; }
    const nearest = left.reduce((best, chart) => (away(chart) < away(best) ? chart : best));
    draw(nearest);
    (away(nearest) ? idle : setTimeout)(next);
  })();
})();
