//! Projects below each other by their names.

use super::{calls::*, *};
use crate::{testing::on_both_engines, time::Time};

impl Person {
    async fn project_names(&self, show_deleted: bool) -> Vec<String> {
        let mut message = v1::ListProjectsRequest { page_size: 2, show_deleted, ..Default::default() };
        let mut names = Vec::new();
        loop {
            let page = self.service.list_projects(self.request(message.clone())).await.unwrap().into_inner();
            assert!(page.projects.len() <= 2);
            for project in page.projects {
                let mark = if project.delete_time.is_some() { "-" } else { "" };
                names.push(format!("{mark}{}", project.name));
            }
            message.page_token = page.next_page_token;
            if message.page_token.is_empty() {
                return names;
            }
        }
    }

    async fn get_project(&self, id: &str) -> Result<v1::Project, Status> {
        let message = v1::GetProjectRequest { id: id.into() };
        Ok(self.service.get_project(self.request(message)).await?.into_inner().project.unwrap())
    }
}

fn names_of(projects: &[v1::Project]) -> Vec<&str> {
    projects.iter().map(|project| &*project.name).collect()
}

on_both_engines! {
    async fn names_of_projects_have_5_levels_at_most(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let long = "x".repeat(100);
        assert_eq!(ann.project(" a / b /c/d/e ").await.name, "a/b/c/d/e");
        assert_eq!(ann.project(&[&*long; 5].join("/")).await.name.len(), 504);
        let before = ann.state(&test_db).await;
        for bad in ["", " ", "/", "a//b", "/a", "a/", "a/b/c/d/e/f", "a\nb", &"x".repeat(101)] {
            assert_eq!(code(ann.add_project(bad).await), Code::InvalidArgument, "{bad:?}");
        }
        assert_eq!(code(ann.add_project("A/B/c/D/e").await), Code::AlreadyExists);
        assert_eq!(ann.state(&test_db).await, before);
        assert_eq!(ann.project("a/b").await.name, "a/b", "between two that are there, or not");
        assert_sound(&test_db).await;
    }

    async fn renaming_takes_along_what_is_below(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let home = ann.project("Home").await;
        for name in ["Home/Kitchen", "Home/Kitchen/Sink", "Homestead", "home/Garden", "Ho%e/x", "Other/Home/Attic"] {
            ann.project(name).await;
        }
        let gone = ann.project("Home/Gone").await;
        ann.delete_project(&gone.id).await.unwrap();
        let renamed = ann.rename_project(&home.id, "Casa/Mia").await.unwrap();
        assert_eq!(
            names_of(&renamed.renamed_projects),
            ["Casa/Mia/Garden", "Casa/Mia/Kitchen", "Casa/Mia/Kitchen/Sink"]
        );
        let all = ["Inbox", "Casa/Mia", "Casa/Mia/Garden", "Casa/Mia/Kitchen", "Casa/Mia/Kitchen/Sink"];
        let others = ["Ho%e/x", "Homestead", "Other/Home/Attic", "-Home/Gone"];
        assert_eq!(ann.project_names(true).await, [&all[..], &others].concat());
        ann.undo(&renamed.operation_id).await.unwrap();
        let back = ["Inbox", "Ho%e/x", "Home", "home/Garden", "Home/Kitchen", "Home/Kitchen/Sink", "Homestead", "Other/Home/Attic"];
        assert_eq!(ann.project_names(false).await, back);
        ann.redo().await.unwrap();
        assert_eq!(ann.project_names(true).await, [&all[..], &others].concat());
        let percent = ann.projects().await.into_iter().find(|project| project.name == "Ho%e/x").unwrap();
        ann.rename_project(&percent.id, "Ho%e").await.unwrap();
        assert_eq!(ann.rename_project(&percent.id, "y").await.unwrap().renamed_projects, []);
        assert_sound(&test_db).await;
    }

    async fn renaming_into_names_that_are_taken_or_too_deep_changes_nothing(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let home = ann.project("Home").await;
        let kitchen = ann.project("Home/Kitchen").await;
        ann.project("Home/Kitchen/1/2").await;
        ann.project("Work/KITCHEN").await;
        let before = ann.state(&test_db).await;
        assert_eq!(code(ann.rename_project(&home.id, "work").await), Code::AlreadyExists, "what is below collides");
        ann.rename_project(&home.id, "a").await.unwrap();
        ann.undo("").await.unwrap();
        assert_eq!(code(ann.rename_project(&home.id, "a/b/c").await), Code::InvalidArgument, "6 levels");
        assert_eq!(code(ann.rename_project(&kitchen.id, "Inbox").await), Code::AlreadyExists);
        assert!(ann.state(&test_db).await.0.revision == before.0.revision + 2);
        let names = ["Inbox", "Home", "Home/Kitchen", "Home/Kitchen/1/2", "Work/KITCHEN"];
        assert_eq!(ann.project_names(false).await, names);
        assert_eq!(ann.rename_project(&home.id, "HOME").await.unwrap().renamed_projects.len(), 2, "only the case");
        assert_sound(&test_db).await;
    }

    async fn a_project_may_take_a_name_that_one_below_gives_up(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let a = ann.project("a").await;
        for name in ["a/b", "a/b/b", "a/c"] {
            ann.project(name).await;
        }
        let before = ann.project_names(false).await;
        let down = ann.rename_project(&a.id, "A/B").await.unwrap();
        assert_eq!(ann.project_names(false).await, ["Inbox", "A/B", "A/B/b", "A/B/b/b", "A/B/c"]);
        ann.undo(&down.operation_id).await.unwrap();
        assert_eq!(ann.project_names(false).await, before);
        ann.redo().await.unwrap();
        // And up again, to where nothing is: A/B to A, A/B/b to A/b.
        ann.rename_project(&a.id, "A").await.unwrap();
        assert_eq!(ann.project_names(false).await, ["Inbox", "A", "A/b", "A/b/b", "A/c"]);
        ann.rename_project(&a.id, "A/b/b").await.unwrap();
        // One that is not below it keeps its name.
        let other = ann.project("A").await;
        let taken = ann.rename_project(&a.id, "a").await.unwrap_err();
        assert_eq!(taken.code(), Code::AlreadyExists);
        assert!(taken.message().contains("\u{201c}a\u{201d}"), "{taken}");
        ann.delete_project(&other.id).await.unwrap();
        assert_sound(&test_db).await;
    }

    async fn a_forced_undo_leaves_projects_alone_whose_names_are_taken(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let a = ann.project("a").await;
        ann.project("a/b").await;
        let down = ann.rename_project(&a.id, "a/b").await.unwrap();
        ann.project("a").await;
        assert_eq!(code(ann.undo(&down.operation_id).await), Code::Aborted);
        // It keeps `a/b`, so what is below it cannot have that name either.
        assert_eq!(code(ann.force_undo(&down.operation_id).await), Code::Aborted, "nothing is left to be undone");
        assert_eq!(ann.project_names(false).await, ["Inbox", "a", "a/b", "a/b/b"]);
        assert_sound(&test_db).await;
    }

    async fn deleting_takes_along_what_is_below_and_only_that_comes_back(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let home = ann.project("Home").await;
        let kitchen = ann.project("Home/Kitchen").await;
        let attic = ann.project("Home/Attic").await;
        ann.project("Homestead").await;
        let sink = ann.add_in(&kitchen, "sink").await;
        let chest = ann.add_in(&attic, "chest").await;
        let door = ann.add_in(&home, "door").await;
        let trashed = ann.add_in(&kitchen, "trashed before").await;
        ann.delete(&[&trashed.id]).await.unwrap();
        ann.delete_project(&attic.id).await.unwrap();
        let deleted = ann.delete_project(&home.id).await.unwrap();
        assert_eq!((names_of(&deleted.deleted_projects), deleted.deleted_todos), (vec!["Home/Kitchen"], 2));
        assert_eq!(ann.project_names(true).await, ["Inbox", "Homestead", "-Home", "-Home/Attic", "-Home/Kitchen"]);
        let in_trash = ann.get(&sink.id).await.unwrap();
        assert_eq!(in_trash.delete_time, deleted.project.as_ref().unwrap().delete_time);
        assert_eq!(in_trash.revision, sink.revision, "the todo itself has not changed");
        assert_eq!(code(ann.complete(&[&sink.id]).await), Code::NotFound);
        let only = v1::ListTodosRequest { filter: "is:trash".into(), ..Default::default() };
        assert_eq!(ann.titles(only).await.len(), 4);

        let back = ann.undelete_project(&home.id).await.unwrap();
        assert_eq!((names_of(&back.undeleted_projects), back.undeleted_todos), (vec!["Home/Kitchen"], 2));
        assert_eq!(ann.titles(v1::ListTodosRequest::default()).await, ["sink", "door"]);
        assert!(ann.get(&chest.id).await.unwrap().delete_time.is_some(), "the attic was gone before");
        assert_eq!(ann.undelete_project(&home.id).await.unwrap().operation_id, "", "twice is no error");
        for _ in 0..2 {
            ann.undo(&back.operation_id).await.unwrap();
            assert_eq!(ann.project_names(false).await, ["Inbox", "Homestead"]);
            ann.redo().await.unwrap();
            assert_eq!(ann.project_names(false).await, ["Inbox", "Home", "Home/Kitchen", "Homestead"]);
            ann.undo("").await.unwrap();
            ann.redo().await.unwrap();
        }
        // One of them alone, and then the other.
        ann.delete_project(&home.id).await.unwrap();
        assert_eq!(ann.undelete_project(&kitchen.id).await.unwrap().undeleted_projects, []);
        assert_eq!(ann.undelete_project(&home.id).await.unwrap().undeleted_projects, []);
        assert_eq!(ann.get(&door.id).await.unwrap().delete_time, None);
        assert_sound(&test_db).await;
    }

    async fn a_project_whose_name_was_taken_stays_deleted(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let home = ann.project("Home").await;
        ann.project("Home/Kitchen").await;
        let deleted = ann.delete_project(&home.id).await.unwrap();
        let other = ann.project("HOME/KITCHEN").await;
        let before = ann.state(&test_db).await;
        assert_eq!(code(ann.undelete_project(&home.id).await), Code::AlreadyExists);
        assert_eq!(code(ann.undo(&deleted.operation_id).await), Code::Aborted);
        assert_eq!(ann.state(&test_db).await, before);
        let undone = ann.force_undo(&deleted.operation_id).await.unwrap();
        assert_eq!(undone.conflicts.len(), 1);
        assert_eq!(ann.project_names(false).await, ["Inbox", "Home", "HOME/KITCHEN"], "the rest comes back");
        ann.delete_project(&other.id).await.unwrap();
        assert_eq!(code(ann.undelete_project(&new_id()).await), Code::NotFound);
        let bob = Person::new(&test_db, &ChangeFeed::default(), "bob").await;
        assert_eq!(code(bob.undelete_project(&home.id).await), Code::NotFound);
        assert_sound(&test_db).await;
    }

    async fn an_account_has_1000_projects_at_most(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let first = ann.project("0").await;
        let deleted = ann.project("1").await;
        ann.project("1/2").await;
        let deletion = ann.delete_project(&deleted.id).await.unwrap();
        ann.add_projects(&(2..1_000).map(|n| n.to_string()).collect::<Vec<_>>()).await;
        let before = ann.state(&test_db).await;
        assert_eq!(code(ann.add_project("one more").await), Code::ResourceExhausted);
        assert_eq!(code(ann.undelete_project(&deleted.id).await), Code::ResourceExhausted);
        assert_eq!(code(ann.undo(&deletion.operation_id).await), Code::ResourceExhausted);
        assert_eq!(ann.state(&test_db).await, before);
        ann.delete_project(&first.id).await.unwrap();
        assert_eq!(code(ann.undelete_project(&deleted.id).await), Code::ResourceExhausted, "that are two");
        ann.project("one more").await;
        assert_sound(&test_db).await;
    }

    async fn missing_projects_are_left_out_where_that_is_asked_for(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let missing = v1::DeleteProjectRequest { id: new_id(), ..Default::default() };
        assert_eq!(code(ann.service.delete_project(ann.request(missing.clone())).await), Code::NotFound);
        let allowed = v1::DeleteProjectRequest { allow_missing: true, request_id: new_id(), ..missing };
        for _ in 0..2 {
            let answer = ann.service.delete_project(ann.request(allowed.clone())).await.unwrap().into_inner();
            assert_eq!(answer, v1::DeleteProjectResponse::default());
        }
        assert!(ann.operations().await.is_empty());
    }

    async fn an_id_of_a_project_is_used_up_for_ever(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let id = new_id();
        let create = async |name: &str| {
            let project = Some(v1::Project { name: name.into(), ..Default::default() });
            let message = v1::CreateProjectRequest { project, project_id: id.clone(), ..Default::default() };
            ann.service.create_project(ann.request(message)).await
        };
        let home = create("Home").await.unwrap().into_inner().project.unwrap();
        assert_eq!(home.id, id);
        assert_eq!(code(create("Other").await), Code::AlreadyExists);
        let todo = ann.add_in(&home, "door").await;
        ann.delete_project(&id).await.unwrap();
        assert_eq!(code(create("Other").await), Code::AlreadyExists);
        test_db.advance(std::time::Duration::from_hours(31 * 24));
        let now = Time::now(&test_db.clock);
        crate::maintenance::run(&test_db.db, &ChangeFeed::default(), now).await.unwrap();
        assert_eq!(code(ann.get_project(&id).await), Code::NotFound);
        assert_eq!(code(ann.get(&todo.id).await), Code::NotFound);
        assert_eq!(code(create("Other").await), Code::AlreadyExists);
        assert_sound(&test_db).await;
    }
}
