/**
 * Shares `capacity` by weight; who wants less than its share gets what it wants, and the rest is shared by the others
 * (max-min fairness). Returns amounts in the order given; what nobody wants stays over.
 */
export function fillByWeight(
  capacity: number,
  weights: readonly number[],
  wanted: readonly number[],
): readonly number[] {
  const order = weights.map((_, i) => i);
  const levelOf = (i: number): number => (wanted[i] ?? 0) / (weights[i] ?? 1);
  if (order.length > 1) order.sort((a, b) => levelOf(a) - levelOf(b));
  const amounts = weights.map(() => 0);
  let left = capacity;
  let weightLeft = weights.reduce((sum, weight) => sum + weight, 0);
  for (const i of order) {
    const weight = weights[i] ?? 0;
    const share = weightLeft > 0 ? (left * weight) / weightLeft : 0;
    const given = Math.max(0, Math.min(wanted[i] ?? 0, share));
    amounts[i] = given;
    left -= given;
    weightLeft -= weight;
  }
  return amounts;
}
