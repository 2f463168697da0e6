#include <gtest/gtest.h>

#include <cppworker/detail/names.hpp>

namespace cppworker::detail {
namespace {

struct Shop {
  struct Cart {
    void view() {}
    void add(int /*item*/) {}
    template <class Item>
    void remove() {}
  };
  template <class Item>
  struct Page {
    void open() {}
  };
  static void begin() {}
};

void browse() {}

TEST(MethodName, IsTheLastPartOfTheName) {
  EXPECT_EQ(method_name<&Shop::Cart::view>(), "view");
  EXPECT_EQ(method_name<&Shop::Cart::add>(), "add");
  EXPECT_EQ(method_name<&Shop::begin>(), "begin");
  EXPECT_EQ(method_name<&browse>(), "browse");
}

TEST(MethodName, HasNoTemplateArguments) {
  EXPECT_EQ(method_name<&Shop::Cart::remove<Shop>>(), "remove");
  EXPECT_EQ(method_name<&Shop::Page<Shop::Cart>::open>(), "open");
}

TEST(ClassName, IsTheLastPartOfTheNameWithoutTemplateArguments) {
  EXPECT_EQ(class_name<Shop>(), "Shop");
  EXPECT_EQ(class_name<Shop::Cart>(), "Cart");
  EXPECT_EQ(class_name<Shop::Page<Shop::Cart>>(), "Page");
}

}  // namespace
}  // namespace cppworker::detail
