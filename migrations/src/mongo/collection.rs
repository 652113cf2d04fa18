//! Making collections so that doing it again changes nothing.

use mongodb::{
    Database, IndexModel,
    bson::{Bson, Document, doc},
    error::{ErrorKind, Result},
    options::{IndexOptions, ValidationAction, ValidationLevel},
};

/// Server error code: the collection exists.
const NAMESPACE_EXISTS: i32 = 48;
/// The same: there is no such collection.
const NAMESPACE_NOT_FOUND: i32 = 26;
/// The same: there is no such index.
const INDEX_NOT_FOUND: i32 = 27;

/// Makes a collection that refuses documents against the schema, or gives an existing one this schema.
pub(super) async fn create(database: &Database, name: &str, schema: Document) -> Result<()> {
    let validator = doc! { "$jsonSchema": schema };
    let created = database
        .create_collection(name)
        .validator(validator.clone())
        .validation_level(ValidationLevel::Strict)
        .validation_action(ValidationAction::Error)
        .await;
    match created {
        Err(error) if has_code(&error, &[NAMESPACE_EXISTS]) => {
            let change = doc! {
                "collMod": name,
                "validator": validator,
                "validationLevel": "strict",
                "validationAction": "error",
                "writeConcern": { "w": "majority" },
            };
            database.run_command(change).await.map(drop)
        }
        created => created,
    }
}

/// Makes indexes; those that exist stay as they are.
pub(super) async fn index(
    database: &Database,
    name: &str,
    indexes: impl IntoIterator<Item = IndexModel>,
) -> Result<()> {
    database
        .collection::<Document>(name)
        .create_indexes(indexes)
        .await
        .map(drop)
}

/// Drops an index, if it is there.
pub(super) async fn drop_index(database: &Database, name: &str, index: &str) -> Result<()> {
    let collection = database.collection::<Document>(name);
    match collection.drop_index(index).await {
        Err(error) if has_code(&error, &[INDEX_NOT_FOUND, NAMESPACE_NOT_FOUND]) => Ok(()),
        dropped => dropped,
    }
}

/// Drops a collection with its indexes, if it is there.
pub(super) async fn drop_collection(database: &Database, name: &str) -> Result<()> {
    database.collection::<Document>(name).drop().await
}

/// An index with its name and options.
pub(super) fn keys(name: &str, keys: Document, mut options: IndexOptions) -> IndexModel {
    options.name = Some(name.to_owned());
    IndexModel::builder().keys(keys).options(options).build()
}

/// A schema of an object: fields with their BSON types; those whose name ends in `?` may be absent. Types alone: the
/// validator runs on every write, and what a field means is checked where it is made.
pub(super) fn schema(fields: &[(&str, &[&str])]) -> Document {
    let mut properties = Document::new();
    let mut required = Vec::new();
    for (name, types) in fields {
        let (field, is_optional) = match name.strip_suffix('?') {
            Some(field) => (field, true),
            None => (*name, false),
        };
        let types: Vec<Bson> = types.iter().map(|name| Bson::from(*name)).collect();
        properties.insert(field, doc! { "bsonType": types });
        if !is_optional {
            required.push(Bson::from(field));
        }
    }
    doc! { "bsonType": "object", "required": required, "properties": properties }
}

fn has_code(error: &mongodb::error::Error, codes: &[i32]) -> bool {
    matches!(&*error.kind, ErrorKind::Command(error) if codes.contains(&error.code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schema_says_what_is_required() {
        let expected = doc! {
            "bsonType": "object",
            "required": ["_id"],
            "properties": { "_id": { "bsonType": ["string"] }, "name": { "bsonType": ["string", "null"] } },
        };
        assert_eq!(
            schema(&[("_id", &["string"]), ("name?", &["string", "null"])]),
            expected
        );
    }
}
