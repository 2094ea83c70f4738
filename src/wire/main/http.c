/* gatehouse-http: started by `gatehouse serve`, never by a person. */
#include "wire/main/sanitized.h"
#include "wire/process.h"
#include "wire/wire.h"

int main(int argc, char **argv)
{
	(void)argv;
	return process_main("gatehouse-http", "http", argc, wire_http_run);
}
