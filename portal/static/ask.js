/* Asks without leaving the page. Where that cannot be done, the form is sent as it is without this. */
(function () {
  'use strict';
  if (!window.fetch || !window.DOMParser || !Element.prototype.replaceWith) return;
  var rules = { createHTML: function (html) { return html; } };
  var ours = window.trustedTypes ? trustedTypes.createPolicy('ask', rules) : rules;

  function show(html) {
    var page = new DOMParser().parseFromString(ours.createHTML(html), 'text/html');
    document.querySelector('main').replaceWith(page.querySelector('main'));
    document.title = page.title;
    history.pushState(1, '', location.pathname);
    var heading = document.querySelector('h1');
    heading.tabIndex = -1;
    heading.focus();
    scrollTo(0, 0);
    document.dispatchEvent(new Event('replaced'));
  }

  document.addEventListener('submit', function (event) {
    var form = event.target;
    var button = event.submitter || document.activeElement;
    if (!/\/ask\/$/.test(form.action) || (button && button.hasAttribute('formaction'))) return;
    event.preventDefault();
    fetch(form.action, { method: 'POST', body: new FormData(form), credentials: 'same-origin' })
      .then(function (answer) { return answer.ok ? answer.text().then(show) : form.submit(); })
      .catch(function () { form.submit(); });
  });

  window.addEventListener('popstate', function () {
    if (!location.hash) location.replace(location.pathname);
  });
})();
