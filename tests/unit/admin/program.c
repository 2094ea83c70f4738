/* gatehouse without the server, so that the commands can be tested alone. */
#include "admin/admin.h"

extern char **environ;

int main(int argc, char **argv)
{
	return admin_main(argc, argv, environ, NULL);
}
