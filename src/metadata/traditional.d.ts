declare module 'opencc-js/dict/TSCharacters' {
  /** `traditional simplified` pairs between `|`. */
  const pairs: string;
  export default pairs;
}
