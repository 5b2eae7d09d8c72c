// When a part of a page could not be fetched or sent, say so where pages speak.
(() => {
  const tell = () => {
    const words = document.getElementById("trouble");
    const place = document.getElementById("flash");
    if (words && place) place.replaceChildren(words.content.cloneNode(true));
  };
  document.addEventListener("htmx:responseError", tell);
  document.addEventListener("htmx:sendError", tell);
})();
