// Quantities as the reader types and reads them. The same rules as portal/web/order_grid.py: grouping only where the groups
// are whole, so that a mistyped mark is asked about instead of becoming another number. Exact: in thousandths, as BigInt.

const locale = document.documentElement.lang || "en";
const mark = new Intl.NumberFormat(locale).formatToParts(1.5).find((part) => part.type === "decimal").value;
const group = mark === "," ? "." : ",";
const pattern = new RegExp(`^(\\d+|\\d{1,3}(\\${group}\\d{3})+)(\\${mark}\\d{1,3})?$`);
const LARGEST = 10n ** 12n;

// Typed text → thousandths; null where it is no quantity, 0n where nothing is typed.
export function readQuantity(text) {
  const compact = text.replace(/\s/g, "");
  if (compact === "") return 0n;
  if (!pattern.test(compact)) return null;
  const value = fromPlain(compact.replaceAll(group, "").replace(mark, "."));
  return value <= LARGEST ? value : null;
}

// A decimal number with a point, as attributes carry it → thousandths.
export function fromPlain(text) {
  const [whole, fraction = ""] = text.split(".");
  return BigInt(whole + fraction.slice(0, 3).padEnd(3, "0"));
}

// Thousandths → text as a reader would type it.
export function plainQuantity(thousandths) {
  const fraction = (thousandths % 1000n).toString().padStart(3, "0").replace(/0+$/, "");
  return (thousandths / 1000n).toString() + (fraction ? mark + fraction : "");
}

// Thousandths and a unit → text with grouping, such as "1.200 Stück".
export function quantityText(thousandths, unit) {
  const number = new Intl.NumberFormat(locale, { maximumFractionDigits: 3 }).format(Number(thousandths) / 1000);
  return unit ? `${number}\u00a0${unit}` : number;
}

// The smallest allowed quantity not below the wanted one; all in thousandths of the base unit.
export function nearestAllowed(wanted, minimum, multiple) {
  const least = wanted > minimum ? wanted : minimum;
  return multiple > 0n ? ((least + multiple - 1n) / multiple) * multiple : least;
}
