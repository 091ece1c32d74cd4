#!/usr/bin/env node
// A file that exists before the first build, so that an install in a clone can link the command.
import '../dist/bin.js'
