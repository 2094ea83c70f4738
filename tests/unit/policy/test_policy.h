/* What every test of the room includes: cmocka needs these before it. */
#ifndef GATEHOUSE_TEST_POLICY_H
#define GATEHOUSE_TEST_POLICY_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "policy/explain.h"
#include "policy/name.h"
#include "policy/net.h"
#include "policy/policy.h"

#endif
