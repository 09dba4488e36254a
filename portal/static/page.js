/* What a page can do without, and is nicer with: a small photo, a voice, the way to the mistake, a word
   before a session ends.
   Plain enough for Chrome 60; whatever is missing in a phone, the page stays as it was. */
(function () {
  'use strict';
  var words = document.currentScript.dataset;
  var errors = document.getElementById('errors');
  if (errors) errors.focus();

  /* A photo leaves the phone at 1600 points, about 300 KB instead of 4 MB. Browsers that would lose
     which way up it was taken send it as it is. */
  function shrink(photo, done) {
    var address = URL.createObjectURL(photo);
    var image = new Image();
    image.onerror = function () { done(photo); };
    image.onload = function () {
      var scale = Math.min(1, 1600 / Math.max(image.naturalWidth, image.naturalHeight));
      var canvas = document.createElement('canvas');
      canvas.width = Math.round(image.naturalWidth * scale);
      canvas.height = Math.round(image.naturalHeight * scale);
      canvas.getContext('2d').drawImage(image, 0, 0, canvas.width, canvas.height);
      URL.revokeObjectURL(address);
      canvas.toBlob(function (small) {
        var is_smaller = small && small.size < photo.size;
        done(is_smaller ? new File([small], 'photo.jpg', { type: 'image/jpeg' }) : photo);
      }, 'image/jpeg', 0.8);
    };
    image.src = address;
  }

  function shrink_all(field) {
    var files = field.files;
    var left = files.length;
    var ready = [];
    var pressed = null;
    function wait(event) {
      event.preventDefault();
      pressed = event.submitter || field.form.querySelector('button');
    }
    function put(place, photo) {
      ready[place] = photo;
      left -= 1;
      if (left) return;
      field.form.removeEventListener('submit', wait);
      if (field.files !== files) return; /* another photo was chosen meanwhile */
      var chosen = new DataTransfer();
      ready.forEach(function (each) { chosen.items.add(each); });
      field.files = chosen.files;
      if (pressed) pressed.click();
    }
    field.form.addEventListener('submit', wait);
    Array.prototype.forEach.call(files, function (file, place) {
      if (file.type.indexOf('image/') === 0 && file.size > 4e5) shrink(file, put.bind(null, place));
      else put(place, file);
    });
  }

  if (window.DataTransfer && window.CSS && CSS.supports('image-orientation', 'from-image')) {
    document.addEventListener('change', function (event) {
      if (event.target.type === 'file' && event.target.files.length) shrink_all(event.target);
    });
  }

  /* Two minutes before a session ends it says so under the heading, and keeps what was typed so far. */
  var notice = document.getElementById('ends');
  var ends_at = notice && Date.now() + notice.dataset.seconds * 1e3;
  var said = 'calm';
  var last_words = null;

  function keep_typed() {
    var form = document.querySelector('form[data-keep]');
    if (form) {
      fetch(form.action, {
        method: 'POST', body: new FormData(form), credentials: 'same-origin', redirect: 'manual',
        headers: { 'X-Unattended': '1' }
      });
    }
  }

  function stay_signed_in() {
    fetch('/identity/stay', { credentials: 'same-origin' })
      .then(function (answer) { return answer.text(); })
      .then(function (seconds) {
        ends_at = Date.now() + seconds * 1e3;
        watch();
      });
  }

  function find_last_words() {
    fetch('/identity/last-words', { credentials: 'same-origin', headers: { 'X-Unattended': '1' } })
      .then(function (answer) { return answer.json(); })
      .then(function (found) {
        last_words = found;
        watch();
      });
  }

  function watch() {
    var left = ends_at - Date.now();
    var now = left > 12e4 ? 'calm' : left > 0 ? 'soon' : 'over';
    if (now === said) return;
    if (!last_words) return find_last_words();
    said = now;
    var title = document.querySelector('h1');
    title.parentNode.insertBefore(notice, title.nextSibling);
    notice.className = 'card';
    notice.textContent = last_words[now];
    if (now !== 'soon') return;
    keep_typed();
    var stay = document.createElement('button');
    stay.type = 'button';
    stay.className = 'btn two';
    stay.textContent = last_words.stay;
    stay.addEventListener('click', stay_signed_in);
    notice.appendChild(stay);
  }

  if (notice && window.fetch) setInterval(watch, 5e3);

  /* Reads the page from its heading on, sentence by sentence: long texts are cut off by some voices. */
  var heading = document.querySelector('body:not(.desk) main.in h1');
  var voices = window.speechSynthesis;
  var button = null;

  function find_voice() {
    var language = document.documentElement.lang === 'en' ? /^en/ : /^(zh|cmn)/;
    return voices.getVoices().filter(function (voice) { return language.test(voice.lang); })[0];
  }

  function be_quiet() {
    voices.cancel();
    button.textContent = words.read;
  }

  function read_aloud() {
    if (button.textContent === words.stop) return be_quiet();
    var voice = find_voice();
    var text = document.querySelector('main').innerText.replace(words.read, '');
    var sentences = text.slice(Math.max(0, text.indexOf(heading.innerText))).match(/[^。！？\n]+[。！？]?/g);
    button.textContent = words.stop;
    sentences.forEach(function (sentence, place) {
      var said = new SpeechSynthesisUtterance(sentence);
      said.voice = voice;
      said.lang = voice.lang;
      said.rate = 0.85;
      if (place === sentences.length - 1) said.onend = be_quiet;
      voices.speak(said);
    });
  }

  function offer_voice() {
    if (button || !find_voice()) return;
    button = document.createElement('button');
    button.type = 'button';
    button.className = 'quiet noprint';
    button.textContent = words.read;
    button.addEventListener('click', read_aloud);
    heading.parentNode.insertBefore(button, heading.nextSibling);
    window.addEventListener('pagehide', be_quiet);
  }

  if (heading && voices && window.SpeechSynthesisUtterance) {
    offer_voice();
    voices.onvoiceschanged = offer_voice;
  }

  /* An answer has taken the place of the page: it can be read aloud too. */
  document.addEventListener('replaced', function () {
    if (!voices || !window.SpeechSynthesisUtterance) return;
    voices.cancel();
    button = null;
    heading = document.querySelector('main.in h1');
    offer_voice();
  });
})();
