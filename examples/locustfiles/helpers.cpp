#include <cppworker/locust.hpp>

using namespace cppworker;
using namespace std::chrono_literals;

// Several users list this set, so its parent is their common base.
struct Browse : TaskSet<HttpUser> {
  void look() {
    const auto item = choice({"book", "record"});
    client().get("/item", {.name = "/item", .params = {{"name", item}, {"page", randint(1, 9)}}});
  }
  void leave() { interrupt(); }

  static constexpr auto tasks() {
    return task_list(task<&Browse::look>({.weight = 3}), task<&Browse::leave>());
  }
};

class GuestUser : public HttpUser {
 public:
  inline static const WaitTime wait_time = between(Seconds{env("SHOP_MIN_WAIT", 0.02)}, 60ms);
  static constexpr auto tasks() { return task_list(task<Browse>()); }
};

class MemberUser : public HttpUser {
 public:
  inline static const int weight = env("SHOP_MEMBERS", 3);
  static constexpr WaitTime wait_time = between(20ms, 60ms);

  void order() {
    Value body{{"id", uuid4()}, {"items", Value::List{{{"name", "book"}, {"amount", 2}}}}};
    body["signature"] = hex_encode(hmac_sha256("secret", body["id"].str()));
    client().post("/orders", {.json = body});
  }

  static constexpr auto tasks() {
    return task_list(task<Browse>({.weight = 2}), task<&MemberUser::order>());
  }
};

CPPWORKER_LOCUSTFILE(GuestUser, MemberUser)
