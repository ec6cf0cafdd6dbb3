// Stands in for packages that only a debugger needs.
export default {};
