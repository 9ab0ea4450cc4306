//! Projects.

use todo_sdk::{NewProject, NewTodo, OperationKind, Project, ProjectId, ResourceKind};

use crate::support::Server;

#[tokio::test]
async fn a_project_is_created_renamed_and_listed() {
    let server = Server::start();
    let ada = server.person("ada").await;
    let id = ProjectId::generate();
    let created = ada.create_project(NewProject::new("Garden").id(id)).await.unwrap();
    assert_eq!((created.value.id, created.value.name.as_str(), created.value.inbox), (id, "Garden", false));
    assert_eq!(ada.get_project(id).await.unwrap(), created.value);
    assert!(ada.create_project("garden").await.unwrap_err().is_already_exists());

    let renamed = ada.rename_project(id, "Allotment").await.unwrap();
    assert!(renamed.operation.is_some());
    ada.create_project("Garden").await.unwrap();
    let projects = ada.list_projects().page_size(2).try_collect().await.unwrap();
    let names: Vec<_> = projects.iter().map(|project| project.name.as_str()).collect();
    assert_eq!(names, ["Inbox", "Allotment", "Garden"]);

    let error = ada.rename_project(projects[0].id, "Outbox").await.unwrap_err();
    assert!(!error.is_internal(), "{error:?}");
    assert!(ada.delete_project(projects[0].id).await.is_err());
    assert!(ada.get_project(ProjectId::generate()).await.unwrap_err().is_not_found());
}

#[tokio::test]
async fn deleting_a_project_deletes_its_todos_and_undo_restores_them() {
    let server = Server::start();
    let ada = server.person("ada").await;
    let garden = ada.create_project("Garden").await.unwrap().value;
    let beans = ada.create_todo(NewTodo::new("Beans").project(garden.id)).await.unwrap().value;

    let deleted = ada.delete_project(garden.id).await.unwrap();
    assert_eq!(deleted.deleted_todos, 1);
    assert!(deleted.project.purge_time > deleted.project.delete_time);
    assert!(ada.get_todo(beans.id).await.unwrap().delete_time.is_some());

    let undone = ada.undo(deleted.operation.unwrap()).await.unwrap();
    assert_eq!(undone.operation.kind, OperationKind::DeleteProject);
    assert_eq!(undone.projects[0].name, "Garden");
    let beans = ada.get_todo(beans.id).await.unwrap();
    assert_eq!((beans.delete_time, beans.project_id), (None, garden.id));
}

#[tokio::test]
async fn projects_below_a_project_go_along() {
    let server = Server::start();
    let ada = server.person("ada").await;
    let home = ada.create_project("Home").await.unwrap().value;
    let kitchen = ada.create_project("Home/Kitchen").await.unwrap().value;
    let soup = ada.create_todo(NewTodo::new("Soup").project(kitchen.id)).await.unwrap().value;
    let names =
        |projects: &[Project]| projects.iter().map(|project| project.name.clone()).collect::<Vec<_>>();

    let renamed = ada.rename_project(home.id, "House").await.unwrap();
    assert_eq!(renamed.project.name, "House");
    assert_eq!(names(&renamed.renamed_projects), ["House/Kitchen"]);

    let deleted = ada.delete_project(home.id).await.unwrap();
    assert_eq!(
        (names(&deleted.deleted_projects), deleted.deleted_todos),
        (vec!["House/Kitchen".to_owned()], 1)
    );
    assert_eq!(names(&ada.list_projects().try_collect().await.unwrap()), ["Inbox"]);
    let all = ada.list_all_projects().page_size(2).try_collect().await.unwrap();
    assert_eq!(names(&all), ["Inbox", "House", "House/Kitchen"]);

    let back = ada.undelete_project(home.id).await.unwrap();
    assert_eq!(
        (names(&back.undeleted_projects), back.undeleted_todos),
        (vec!["House/Kitchen".to_owned()], 1)
    );
    assert!(back.operation.is_some());
    assert_eq!(ada.get_todo(soup.id).await.unwrap().delete_time, None);

    let missing = ada.delete_project(ProjectId::generate()).await.unwrap_err();
    assert_eq!(missing.resource().unwrap().kind, ResourceKind::Project);
}
