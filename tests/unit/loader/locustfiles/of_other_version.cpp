#define CPPWORKER_VERSION "0.0.1"
#include "with_init.cpp"
