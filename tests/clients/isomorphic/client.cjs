// isomorphic-git as a program: clone URL FOLDER, fetch FOLDER, push FOLDER REF.
// CLIENT_USER and CLIENT_TOKEN are what onAuth gives. Prints what a caller sees.
const fs = require('fs')
const git = require('isomorphic-git')
const http = require('isomorphic-git/http/node')

const [verb, place, what] = process.argv.slice(2)
const common = {
  fs,
  http,
  onMessage: text => console.log('remote:', text.trim()),
  onAuth: () => {
    if (!process.env.CLIENT_TOKEN) return { cancel: true }
    return { username: process.env.CLIENT_USER || 'ann', password: process.env.CLIENT_TOKEN }
  }
}

const verbs = {
  clone: () => git.clone({ ...common, url: place, dir: what, ref: 'main' }),
  fetch: () => git.fetch({ ...common, dir: place, remote: 'origin' }),
  push: () => git.push({ ...common, dir: place, remote: 'origin', ref: 'main', remoteRef: what })
}

async function tell (error) {
  console.log(`${error.code || error.name}: ${error.message}`)
  if (error.data && error.data.response) console.log(error.data.response)
  process.exitCode = 1
}

verbs[verb]().catch(tell)
