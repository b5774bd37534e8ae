'use strict'

// Loads paths inside a package in the four ways there are, and prints what they are: `node load-paths.js pg client ...`.

const [name, ...paths] = process.argv.slice(2)

function kindOf(loaded) {
  return typeof loaded === 'function' ? `function ${loaded.name}` : Object.keys(loaded)
}

async function main() {
  const report = { kinds: {}, same: {}, isClient: {}, version: require(`${name}/package.json`).version }
  const { Client } = require(name)
  for (const file of paths) {
    const loaded = require(`${name}/lib/${file}`)
    const others = [
      require(`${name}/lib/${file}.js`),
      (await import(`${name}/lib/${file}`)).default,
      (await import(`${name}/lib/${file}.js`)).default,
    ]
    report.kinds[file] = kindOf(loaded)
    report.same[file] = others.map((other) => other === loaded)
    report.isClient[file] = loaded === Client
  }
  process.stdout.write(JSON.stringify(report))
}

main()
