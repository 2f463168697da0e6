#pragma once

#include <concepts>
#include <string_view>
#include <type_traits>

#include <cppworker/user.hpp>

/// Mistakes in an author's class that the type system can see. Each is a compile error with an
/// explanation. `cpp-worker -f` puts the name of the class before the explanation.
namespace cppworker::detail {

template <class T>
concept HasObjectWaitTime = std::is_member_object_pointer_v<decltype(&T::wait_time)>;
template <class T>
concept HasWaitTimeMethod = std::is_member_function_pointer_v<decltype(&T::wait_time)>;
template <class T>
concept HasSecondsWaitTime = requires(T& object) {
  { object.wait_time() } -> std::convertible_to<Seconds>;
};
template <class T>
concept HasObjectHost = std::is_member_object_pointer_v<decltype(&T::host)>;
template <class T>
concept HasObjectWeight = std::is_member_object_pointer_v<decltype(&T::weight)>;
template <class T>
concept HasObjectFixedCount = std::is_member_object_pointer_v<decltype(&T::fixed_count)>;
template <class T>
concept HasObjectIterations = std::is_member_object_pointer_v<decltype(&T::iterations)>;

template <class T>
concept HasMethodOnStart = std::is_convertible_v<decltype(&T::on_start), void (T::*)()>;
template <class T>
concept HasMethodOnStop = std::is_convertible_v<decltype(&T::on_stop), void (T::*)()>;

/// False: T lacks a definition here.
template <class T>
concept IsComplete = requires {
  sizeof(T);
};

/// What users and TaskSets have in common.
/// @tparam Base User or TaskSetBase
template <class T, class Base>
struct MemberChecks {
  static_assert(std::is_convertible_v<T*, Base*>,
                "this class inherits privately: write `public` before its base, as in "
                "`class ShopUser : public HttpUser`");
  static_assert(
      !std::is_convertible_v<T*, Base*> || HasMethodOnStart<T>,
      "on_start is not public, or has other arguments or another type than in the base class: "
      "write `public:` before it, and `void on_start() override`");
  static_assert(
      !std::is_convertible_v<T*, Base*> || HasMethodOnStop<T>,
      "on_stop is not public, or has other arguments or another type than in the base class: "
      "write `public:` before it, and `void on_stop() override`");
  static_assert(!HasWaitTimeMethod<T> || HasSecondsWaitTime<T>,
                "wait_time() must return a time: write `Seconds wait_time() { return 3s; }`");
  static_assert(!HasObjectWaitTime<T>,
                "wait_time lacks `static`: write `static constexpr WaitTime wait_time = "
                "between(1s, 5s);`");
};

template <class U>
struct UserClassChecks {
  static_assert(std::is_base_of_v<User, U>,
                "CPPWORKER_LOCUSTFILE: this class is not a User; derive it from User, HttpUser or "
                "FastHttpUser");
  static_assert(!std::is_abstract_v<U>,
                "CPPWORKER_LOCUSTFILE: a class with pure virtual methods can't run; list only the "
                "classes derived from it");
  static constexpr MemberChecks<std::conditional_t<std::is_base_of_v<User, U>, U, User>, User>
      kMembers{};
  static_assert(!std::is_convertible_v<U*, User*> || std::is_abstract_v<U> ||
                    std::is_default_constructible_v<U>,
                "this class needs a public constructor without arguments; read the settings of a "
                "user in it, or in on_start()");
  static_assert(!HasObjectHost<U>,
                "host lacks `static`: write `static constexpr std::string_view host = "
                "\"http://…\";`");
  static_assert(!HasObjectWeight<U>,
                "weight lacks `static`: write `static constexpr int weight = "
                "3;`");
  static_assert(!HasObjectFixedCount<U>,
                "fixed_count lacks `static`: write `static constexpr int fixed_count = 1;`");
  static_assert(!HasObjectIterations<U>,
                "iterations is the limit of the tasks of this class and lacks `static`: write "
                "`static constexpr int iterations = 100;`, or give your own member another name");
  static_assert(
      !requires { U::host; } || HasObjectHost<U> || requires { std::string_view(U::host); },
      "host must be a text: write `static constexpr std::string_view host = "
      "\"http://…\";`");
  static_assert(
      !requires { U::weight; } || std::is_arithmetic_v<std::remove_cvref_t<decltype(U::weight)>>,
      "weight must be a number: write `static constexpr int weight = 3;`");
  static_assert(
      !requires { U::fixed_count; } ||
          std::is_integral_v<std::remove_cvref_t<decltype(U::fixed_count)>>,
      "fixed_count must be a whole number: write `static constexpr int fixed_count = "
      "1;`");
  static_assert(
      !requires { U::iterations; } ||
          std::is_integral_v<std::remove_cvref_t<decltype(U::iterations)>>,
      "iterations must be a whole number: write `static constexpr int iterations = 100;`");
};

}  // namespace cppworker::detail
