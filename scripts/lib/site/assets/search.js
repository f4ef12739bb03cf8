// The search of the manual. A script of its own, so that a test can call it without a browser.
(() => {
  const most = 30;

  /**
   * The sections that contain all words of the query, the best ones first.
   *
   * @param rows `[file, title of the page, anchor, heading, text]` for each section
   * @returns `{ file, page, anchor, heading, excerpt }`; the excerpt is `[before, the word found, after]`
   */
  globalThis.findInManual = (rows, query) => {
    const words = query.toLowerCase().split(/\s+/).filter(Boolean);
    if (words.length === 0) return [];
    return rows
      .map((row) => ({ row, score: scoreOf(row, words) }))
      .filter(({ score }) => score > 0)
      .sort((one, other) => other.score - one.score)
      .slice(0, most)
      .map(({ row: [file, page, anchor, heading, text] }) => ({
        file,
        page,
        anchor,
        heading,
        excerpt: excerptOf(text, words),
      }));
  };

  /** 0 when a word is nowhere. A heading counts more than a text, and the beginning of a word more than its middle. */
  function scoreOf([, page, , heading, text], words) {
    let score = 0;
    for (const word of words) {
      const found = 12 * weightIn(heading, word) + 4 * weightIn(page, word) + Math.min(3, weightIn(text, word));
      if (found === 0) return 0;
      score += found;
    }
    // A heading that is the query, such as the name of a command or of an error.
    return heading.toLowerCase() === words.join(' ') ? score + 100 : score;
  }

  function weightIn(text, word) {
    const lower = text.toLowerCase();
    let weight = 0;
    for (let at = lower.indexOf(word); at >= 0 && weight < 3; at = lower.indexOf(word, at + word.length)) {
      weight += at === 0 || /[^\p{Letter}\p{Number}]/u.test(lower[at - 1]) ? 1 : 0.25;
    }
    return weight;
  }

  function excerptOf(text, words) {
    const lower = text.toLowerCase();
    const [at = -1] = words.map((word) => lower.indexOf(word)).filter((index) => index >= 0);
    if (at < 0) return [text.slice(0, 140), '', ''];
    const word = words.find((candidate) => lower.startsWith(candidate, at)) ?? '';
    const from = at < 60 ? 0 : text.indexOf(' ', at - 60) + 1;
    const begin = Math.min(from, at);
    return [text.slice(begin, at), text.slice(at, at + word.length), text.slice(at + word.length, at + 100)];
  }
})();
