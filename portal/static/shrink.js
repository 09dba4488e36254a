// Makes a large photo smaller before it is sent, where the phone can; without this the page works the same.
"use strict";
(function () {
  const LONG_SIDE = 2000;
  const SMALL_ENOUGH = 1500000;
  const field = document.getElementById("photo");
  if (!field || !window.createImageBitmap || !window.DataTransfer) return;
  field.addEventListener("change", async function () {
    const file = field.files[0];
    if (!file || file.size <= SMALL_ENOUGH || file.type !== "image/jpeg") return;
    try {
      const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
      const scale = Math.min(1, LONG_SIDE / Math.max(picture.width, picture.height));
      const canvas = document.createElement("canvas");
      canvas.width = Math.round(picture.width * scale);
      canvas.height = Math.round(picture.height * scale);
      canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
      canvas.toBlob(function (small) {
        // Another photo may have been chosen meanwhile.
        if (!small || small.size >= file.size || field.files[0] !== file) return;
        const chosen = new DataTransfer();
        chosen.items.add(new File([small], "photo.jpg", { type: "image/jpeg" }));
        field.files = chosen.files;
      }, "image/jpeg", 0.85);
    } catch (error) {
      // The phone cannot open it; the server may.
    }
  });
})();
