/**
 * Cholesky factor L of a symmetric positive definite matrix (row-major, `size` × `size`; the lower triangle is read and
 * overwritten): A = L·Lᵀ. The factor of a leading part of A is the leading part of L.
 *
 * @throws RangeError when the matrix is not positive definite
 */
export function choleskyInPlace(matrix: Float64Array, size: number): void {
  for (let row = 0; row < size; row++) {
    const own = row * size;
    for (let column = 0; column <= row; column++) {
      const other = column * size;
      let sum = matrix[own + column] ?? 0;
      for (let k = 0; k < column; k++) sum -= (matrix[own + k] ?? 0) * (matrix[other + k] ?? 0);
      if (column < row) matrix[own + column] = sum / (matrix[other + column] ?? 1);
      else if (sum > 0) matrix[own + row] = Math.sqrt(sum);
      else throw new RangeError(`The matrix is not positive definite at row ${row}.`);
    }
  }
}

/** Solves L·z = b for z. The first n values of z belong to the leading n × n part. */
export function forwardSolve(factor: Float64Array, size: number, right: Float64Array): Float64Array {
  const z = new Float64Array(size);
  for (let row = 0; row < size; row++) {
    let sum = right[row] ?? 0;
    for (let k = 0; k < row; k++) sum -= (factor[row * size + k] ?? 0) * (z[k] ?? 0);
    z[row] = sum / (factor[row * size + row] ?? 1);
  }
  return z;
}

/** Solves Lᵀ·x = z for the leading `count` rows and columns of L. */
export function backwardSolve(factor: Float64Array, size: number, z: Float64Array, count: number): Float64Array {
  const x = new Float64Array(count);
  for (let row = count - 1; row >= 0; row--) {
    let sum = z[row] ?? 0;
    for (let k = row + 1; k < count; k++) sum -= (factor[k * size + row] ?? 0) * (x[k] ?? 0);
    x[row] = sum / (factor[row * size + row] ?? 1);
  }
  return x;
}
