/* What every test of base includes. cmocka wants its headers in this order. */
#ifndef GATEHOUSE_TESTS_UNIT_BASE_UNIT_H
#define GATEHOUSE_TESTS_UNIT_BASE_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* A test whose title is a sentence. */
#define TEST(title, function)                                                                      \
	{                                                                                          \
		title, function, NULL, NULL, NULL                                                  \
	}

#endif
