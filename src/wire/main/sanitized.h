/* For the one source of a program that locks itself in, in a test build. */
#ifndef GATEHOUSE_WIRE_MAIN_SANITIZED_H
#define GATEHOUSE_WIRE_MAIN_SANITIZED_H

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif

#ifdef SANITIZED
/* The leak checker traces the process from a thread of its own: the lock
 * forbids that. */
const char *__asan_default_options(void);
int __lsan_is_turned_off(void);

const char *__asan_default_options(void)
{
	return "detect_leaks=0";
}

int __lsan_is_turned_off(void)
{
	return 1;
}
#endif

#endif
