#include "shop.cpp"
