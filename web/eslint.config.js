import hooks from "eslint-plugin-react-hooks";
import tseslint from "typescript-eslint";

export default tseslint.config(
  { ignores: ["dist", "node_modules", "src/api/schema.d.ts"] },
  ...tseslint.configs.strict,
  { files: ["src/**/*.{ts,tsx}"], ...hooks.configs.flat["recommended-latest"] },
  { rules: { "no-restricted-globals": ["error", { name: "fetch", message: "Ask through src/api, which knows about sessions and problems." }] } },
  { files: ["src/api/**", "test/**", "scripts/**"], rules: { "no-restricted-globals": "off" } },
);
