#include "http/name_cache.hpp"

namespace cppworker::http {

NameCache::Name* NameCache::find(std::string_view host, coro::TimePoint now) {
  auto found = names_.find(host);
  if (found == names_.end()) {
    found = names_.emplace(std::string(host), Name{}).first;
  }
  Name& name = found->second;
  const auto age = now - name.fetched_;
  const bool known = !name.addresses.empty();
  if (!known || age >= kTtl) {
    start(found->first, name);
  }
  return known && age < 2 * kTtl ? &name : nullptr;
}

void NameCache::start(const std::string& host, Name& name) {
  if (!name.pending_) {
    name.pending_ = true;
    start_(host);
  }
}

void NameCache::finish(std::string_view host, const NameResult& result, coro::TimePoint now) {
  const auto found = names_.find(host);
  if (found == names_.end()) {
    return;
  }
  if (result.gai_error != 0) {
    names_.erase(found);
    return;
  }
  Name& name = found->second;
  name.pending_ = false;
  name.fetched_ = now;
  if (name.addresses != result.addresses) {
    name.addresses = result.addresses;
    ++name.version;
  }
}

}  // namespace cppworker::http
