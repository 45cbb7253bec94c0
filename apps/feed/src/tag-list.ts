/** Tags as they are kept: trimmed, without empty ones and repetitions, in alphabetical order. */
export const tidyTags = (tags: readonly string[]): string[] =>
  [...new Set(tags.map((tag) => tag.trim()).filter((tag) => tag !== ''))].sort()
