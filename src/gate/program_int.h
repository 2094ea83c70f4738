/* The small programs of this package that know a large library: run, and heard. */
#ifndef GATEHOUSE_GATE_PROGRAM_INT_H
#define GATEHOUSE_GATE_PROGRAM_INT_H

#include "base/buf.h"

/* Runs programs/NAME with one argument; input is its standard input. What it says is added
 * to out. 0, an errno where it can't be started, or -1 where it ended badly. */
int gate_program_run(const char *programs, const char *name, const char *argument, int input,
                     struct buf *out);

#endif
