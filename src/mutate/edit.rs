//! Small changes of plain data at key paths.

use serde_json::Value;

use crate::load::Key;

#[derive(Debug, Clone)]
pub(super) enum Edit {
    /// Sets the value at this path; the last key of a mapping may be new.
    Set(Vec<Key>, Value),
    /// Removes the value at this path, and its list or mapping if that becomes empty.
    Remove(Vec<Key>),
    /// Inserts an element at the front of a list.
    Prepend(Vec<Key>, Value),
}

impl Edit {
    pub(super) fn apply(&self, mut tree: Value) -> Value {
        match self {
            Edit::Set(path, value) => set(&mut tree, path, value),
            Edit::Remove(path) => remove(&mut tree, path),
            Edit::Prepend(path, value) => {
                if let Some(Value::Array(list)) = at_mut(&mut tree, path) {
                    list.insert(0, value.clone());
                }
            }
        }
        tree
    }
}

pub(super) fn at<'a>(tree: &'a Value, path: &[Key]) -> Option<&'a Value> {
    path.iter().try_fold(tree, |value, key| match key {
        Key::Name(name) => value.get(name),
        Key::Index(index) => value.get(index),
    })
}

fn at_mut<'a>(tree: &'a mut Value, path: &[Key]) -> Option<&'a mut Value> {
    path.iter().try_fold(tree, |value, key| match key {
        Key::Name(name) => value.get_mut(name),
        Key::Index(index) => value.get_mut(index),
    })
}

fn set(tree: &mut Value, path: &[Key], value: &Value) {
    let Some((last, parent)) = path.split_last() else { return };
    match (at_mut(tree, parent), last) {
        (Some(Value::Object(map)), Key::Name(name)) => drop(map.insert(name.clone(), value.clone())),
        (Some(Value::Array(list)), Key::Index(index)) if *index < list.len() => list[*index] = value.clone(),
        _ => {}
    }
}

fn remove(tree: &mut Value, path: &[Key]) {
    let Some((last, parent)) = path.split_last() else { return };
    let Some(holder) = at_mut(tree, parent) else { return };
    match (&mut *holder, last) {
        (Value::Object(map), Key::Name(name)) => drop(map.shift_remove(name)),
        (Value::Array(list), Key::Index(index)) if *index < list.len() => drop(list.remove(*index)),
        _ => {}
    }
    let empty = holder.as_array().is_some_and(Vec::is_empty) || holder.as_object().is_some_and(serde_json::Map::is_empty);
    if empty {
        remove(tree, parent);
    }
}

/// Appends keys to a path.
pub(super) fn join(path: &[Key], more: impl IntoIterator<Item = Key>) -> Vec<Key> {
    path.iter().cloned().chain(more).collect()
}

pub(super) fn name(name: &str) -> Key {
    Key::Name(name.to_owned())
}

/// Formats a path for messages: an element with a name, an id or a claim is shown by it, with a number if earlier
/// elements have the same name.
pub(super) fn place(tree: &Value, path: &[Key]) -> String {
    let mut text = String::new();
    for (depth, key) in path.iter().enumerate() {
        match key {
            Key::Name(name) if text.is_empty() => text.push_str(name),
            Key::Name(name) => text.extend([".", name]),
            Key::Index(index) => {
                let list = at(tree, &path[..depth]).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
                let label = list.get(*index).and_then(self::label);
                let same = list.iter().take(index + 1).filter(|element| self::label(element) == label).count();
                text.push_str(&match label {
                    None => format!("[{index}]"),
                    Some(label) if same > 1 => format!("[{label} #{same}]"),
                    Some(label) => format!("[{label}]"),
                });
            }
        }
    }
    text
}

/// The name of an element of a list.
fn label(element: &Value) -> Option<&str> {
    ["name", "id", "claim"].into_iter().find_map(|key| element.get(key)?.as_str())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_list_is_removed_with_its_last_element() {
        let tree = json!({"steps": [{"name": "a", "expect": [{"exit": 0}]}]});
        let path = [name("steps"), Key::Index(0), name("expect"), Key::Index(0)];
        assert_eq!(Edit::Remove(path.to_vec()).apply(tree), json!({"steps": [{"name": "a"}]}));
    }

    #[test]
    fn elements_are_named_if_they_have_a_name() {
        let tree = json!({"workarounds": [{"id": "dev", "steps": [{"name": "get", "expect": [{"exit": 0}]}]}]});
        let path = [name("workarounds"), Key::Index(0), name("steps"), Key::Index(0), name("expect"), Key::Index(0)];
        assert_eq!(place(&tree, &path), "workarounds[dev].steps[get].expect[0]");
    }
}
