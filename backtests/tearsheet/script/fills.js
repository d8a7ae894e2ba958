// Shows the list of fills and saves it as CSV, from the numbers in the page, exact to the last digit.
(function () {
  "use strict";
  const FORMULA = /^[=+\-@\t\r]/; // a spreadsheet would compute such a text
  const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));

  function numbers(text) {
    const raw = new DataView(bytes(text).buffer), found = [];
    for (let k = 0; k < raw.byteLength; k += 8) found.push(raw.getFloat64(k, true));
    return found;
  }

  function days(steps) {
    let day = 0;
    return steps.map((step) => new Date((day += step) * 864e5).toISOString().slice(0, 10));
  }

  function rows(packed) {
    const [units, price, cost, values] = ["units", "price", "cost", "values"].map((key) => numbers(packed[key]));
    const filled = days(packed.filled), decided = days(packed.decided);
    let session = -1;
    return units.map((unit, k) => {
      if (!k || packed.filled[k]) session += 1; // fills are in the order made, and each session has one value
      const worth = Math.abs(unit * price[k]), value = values[session];
      const share = value > 0 ? worth / value : null;
      return { filled: filled[k], decided: decided[k], asset: packed.assets[packed.asset[k]], units: unit, price: price[k], worth, share, cost: cost[k] };
    });
  }

  function csv(found) {
    const field = (text) => (/[",\n\r]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text);
    const lines = found.map((fill) => {
      const name = FORMULA.test(fill.asset) ? `'${fill.asset}` : fill.asset;
      return [fill.filled, fill.decided, field(name), fill.units, fill.price, fill.worth, fill.share ?? "", fill.cost].join(",");
    });
    return ["filled_on,decided_on,asset,units,price_usd,worth_usd,share_of_value,cost_usd", ...lines, ""].join("\n");
  }

  // As the rest of the page writes numbers: what lies half way goes to the even digit.
  const plain = (value, digits) => value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits, roundingMode: "halfEven" });
  const money = (value, sign) => sign + plain(value, value >= 100 ? 0 : 2);
  const percent = (value) => (value === null ? "–" : plain(100 * value, value >= 10 ? 0 : 1) + "%");

  function cells(fill, sign) {
    const side = fill.units > 0 ? "bought" : "sold";
    const figures = [plain(Math.abs(fill.units), 2), plain(fill.price, 2), money(fill.worth, sign), percent(fill.share), money(fill.cost, sign)];
    return [fill.filled, fill.decided, fill.asset, side, ...figures];
  }

  function row(texts) {
    const made = document.createElement("tr");
    texts.forEach((text, k) => made.appendChild(document.createElement(k ? "td" : "th")).textContent = text);
    made.firstChild.scope = "row";
    return made;
  }

  for (const node of document.querySelectorAll("script.fills-data")) {
    const packed = JSON.parse(node.textContent), link = document.getElementById("save-fills");
    const body = node.parentNode.querySelector("tbody");
    let found = null;
    const all = () => found || (found = rows(packed));
    link.addEventListener("click", () => {
      if (!link.href.startsWith("blob:")) link.href = URL.createObjectURL(new Blob([csv(all())], { type: "text/csv" }));
    });
    link.parentNode.hidden = false;
    // The rows are made when a reader comes near them.
    const watch = new IntersectionObserver((seen) => {
      if (!seen.some((one) => one.isIntersecting)) return;
      watch.disconnect();
      body.replaceChildren(...all().slice(-packed.listed).reverse().map((fill) => row(cells(fill, packed.sign))));
    }, { rootMargin: "600px" });
    watch.observe(body);
  }
})();
