// Draws each [data-chart] from the specification in the JSON that stands beside it.
(() => {
  const dutch = document.documentElement.lang.startsWith("nl");
  const numbers = (sign) => ({
    decimal: dutch ? "," : ".",
    thousands: dutch ? "." : ",",
    grouping: [3],
    currency: [dutch || sign.length > 1 ? sign + "\u00a0" : sign, ""],
    minus: "\u2212",
    percent: dutch ? "\u00a0%" : "%",
  });
  for (const place of document.querySelectorAll("[data-chart]")) {
    const spec = JSON.parse(document.getElementById(place.dataset.chart).textContent);
    vegaEmbed(place, spec, {
      ast: true,
      renderer: "svg",
      actions: false,
      formatLocale: numbers(place.dataset.sign || ""),
      tooltip: { theme: "custom", disableDefaultStyle: true },
      // A reader hears the name of the picture and the table beside it, not the marks in English.
    }).then(() => place.querySelector("svg").setAttribute("aria-hidden", "true"));
  }
})();
