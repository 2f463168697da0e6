#include <algorithm>
#include <utility>

#include <cppworker/http_options.hpp>
#include <cppworker/json.hpp>

#include "http/header_lines.hpp"

namespace cppworker {

const RequestOptions kNoOptions{};

void detail::PairItem::add_to(std::vector<std::pair<std::string, std::string>>& pairs) const {
  if (!json_) {
    pairs.emplace_back(name_, value_);
  } else if (json_->is_none()) {
    return;
  } else if (const Value::List* list = json_->as_list()) {
    for (const Value& element : *list) PairItem(name_, element).add_to(pairs);
  } else if (const Value::Bytes* bytes = json_->as_bytes()) {
    pairs.emplace_back(name_, bytes->data);
  } else {
    pairs.emplace_back(name_, json_->str());
  }
}

Pairs::Pairs(std::initializer_list<detail::PairItem> pairs) {
  reserve(pairs.size());
  for (const detail::PairItem& pair : pairs) pair.add_to(*this);
}

JsonBody::JsonBody(const Value& value) : Text(value.is_none() ? std::string() : to_json(value)) {}
JsonBody::JsonBody(Value::List list) : JsonBody(Value(std::move(list))) {}
JsonBody::JsonBody(Value::Map map) : JsonBody(Value(std::move(map))) {}
JsonBody::JsonBody(std::initializer_list<std::pair<Value, Value>> members)
    : JsonBody(Value(members)) {}

namespace {

/// An iterator to the header of that name, or the end.
auto find(auto& headers, std::string_view name) {
  return std::ranges::find_if(headers, [name](const auto& header) {
    return http::equal_ignoring_case(header.first, name);
  });
}

}  // namespace

Headers::Place& Headers::Place::operator=(std::string_view value) {
  const auto found = find(headers_, name_);
  if (found != headers_.end()) {
    found->second = value;
  } else {
    headers_.emplace_back(name_, value);
  }
  return *this;
}

Headers::Place::operator std::string() const { return std::as_const(headers_)[name_]; }

std::string Headers::operator[](std::string_view name) const& {
  const auto found = find(*this, name);
  if (found == end()) throw http::missing_header(name);
  return found->second;
}

bool Headers::contains(std::string_view name) const { return find(*this, name) != end(); }

}  // namespace cppworker
