#include "with_init.cpp"

void defined_nowhere();
void call_it() { defined_nowhere(); }
