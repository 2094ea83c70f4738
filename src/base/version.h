/* The version of all programs of the package. */
#ifndef GATEHOUSE_BASE_VERSION_H
#define GATEHOUSE_BASE_VERSION_H

#define GATEHOUSE_VERSION "0.1.0"

#endif
