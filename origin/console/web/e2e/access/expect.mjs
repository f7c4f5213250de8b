/** Throws the complaint unless the condition holds. */
export function expect(condition, complaint) {
  if (!condition) throw new Error(complaint);
}
