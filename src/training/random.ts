/** Seeded randomness: the same seed gives the same numbers on every machine. */

/** Looked up once: these run some million times. */
const { floor, imul } = Math;

/** Mulberry32: numbers in [0, 1). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = imul(state ^ (state >>> 15), state | 1);
    t ^= t + imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Which of `folds` a student is in: by id and seed alone, so that all rows of a student are together in every course. */
export function foldOf(user_id: number, seed: number, folds: number): number {
  const random = randomFrom((imul(user_id, 0x9e3779b1) ^ imul(seed + 1, 0x85ebca6b)) >>> 0);
  random();
  return floor(random() * folds);
}
